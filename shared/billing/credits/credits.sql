-- name: grant
INSERT INTO credits (user_id, amount, currency, reason, type, expires_at, credit_note_id, payment_id, created_at)
VALUES (%(user_id)s::uuid, %(amount)s::numeric, %(currency)s::text, %(reason)s::text, %(type)s::text, %(expires_at)s::timestamptz,
        %(credit_note_id)s::uuid, %(payment_id)s::uuid, %(now)s::timestamptz)
RETURNING *, 0::numeric AS burnt, 0::numeric AS paid_out;

-- name: credits
SELECT c.*, coalesce(b.burnt, 0) AS burnt, credit_paid_out(c.id) AS paid_out,
       credit_paid_out(c.id) - credit_went_out(c.id) AS reserved, u.email AS user, coalesce(o.zone, s.zone, 'UTC') AS zone
FROM credits c
JOIN users u ON u.id = c.user_id
LEFT JOIN customers o ON o.user_id = c.user_id
LEFT JOIN seller s ON TRUE
LEFT JOIN LATERAL (SELECT sum(amount) AS burnt FROM credit_burns WHERE credit_id = c.id) b ON TRUE
WHERE (%(user_id)s::uuid IS NULL OR c.user_id = %(user_id)s::uuid) AND (%(id)s::uuid IS NULL OR c.id = %(id)s::uuid)
ORDER BY u.email, c.expires_at NULLS LAST, c.created_at, c.id;

-- name: void
UPDATE credits SET voided_at = %(now)s::timestamptz WHERE id = %(id)s::uuid;

-- name: burnable
SELECT c.id, c.user_id, c.currency, c.amount, c.expires_at, c.created_at, c.voided_at, coalesce(b.burnt, 0) AS burnt,
       credit_paid_out(c.id) AS paid_out
FROM credits c
LEFT JOIN LATERAL (SELECT sum(amount) AS burnt FROM credit_burns WHERE credit_id = c.id) b ON TRUE
WHERE c.user_id = ANY (%(users)s::uuid[]) AND c.used_at IS NULL AND c.voided_at IS NULL
  AND (c.expires_at IS NULL OR c.expires_at > %(now)s::timestamptz);

-- name: refund_credits
-- Of an invoice: granted by its credit notes, and by payments that were too much.
SELECT c.id, c.user_id, c.currency, c.amount, c.expires_at, c.created_at, c.voided_at, coalesce(b.burnt, 0) AS burnt,
       credit_paid_out(c.id) AS paid_out
FROM credits c
LEFT JOIN LATERAL (SELECT sum(amount) AS burnt FROM credit_burns WHERE credit_id = c.id) b ON TRUE
WHERE c.id IN (
  SELECT g.id FROM credits g JOIN credit_notes n ON n.id = g.credit_note_id WHERE n.invoice_id = %(invoice_id)s::uuid
  UNION ALL
  SELECT g.id FROM credits g JOIN payments p ON p.id = g.payment_id WHERE p.invoice_id = %(invoice_id)s::uuid
);

-- name: pay_out
INSERT INTO credit_payouts (credit_id, currency, amount, refund_id, dispute_id, created_at)
SELECT c.id, c.currency, o.amount, %(refund_id)s::uuid, %(dispute_id)s::uuid, %(now)s::timestamptz
FROM unnest(%(credits)s::uuid[], %(amounts)s::numeric[]) AS o (credit_id, amount)
JOIN credits c ON c.id = o.credit_id;

-- name: paid_out_by
SELECT credit_id, sum(amount) AS amount FROM credit_payouts
WHERE refund_id = %(refund_id)s::uuid OR dispute_id = %(dispute_id)s::uuid
GROUP BY credit_id;

-- name: burn
INSERT INTO credit_burns (credit_id, invoice_id, amount, currency, created_at)
SELECT b.credit_id, b.invoice_id, b.amount, c.currency, %(now)s::timestamptz
FROM unnest(%(credits)s::uuid[], %(invoices)s::uuid[], %(amounts)s::numeric[]) AS b (credit_id, invoice_id, amount)
JOIN credits c ON c.id = b.credit_id;

-- name: exhaust
UPDATE credits c SET used_at = %(now)s::timestamptz, invoice_id = e.invoice_id
FROM unnest(%(credits)s::uuid[], %(invoices)s::uuid[]) AS e (credit_id, invoice_id)
WHERE c.id = e.credit_id;

-- name: burnt_by
SELECT b.credit_id, sum(b.amount) AS burnt
FROM credit_burns b JOIN credits c ON c.id = b.credit_id
WHERE b.invoice_id = %(invoice_id)s::uuid
GROUP BY b.credit_id, c.expires_at, c.created_at
HAVING sum(b.amount) > 0
ORDER BY c.expires_at NULLS LAST, c.created_at, b.credit_id;

-- name: give_back
INSERT INTO credit_burns (credit_id, invoice_id, amount, currency, credit_note_id, created_at)
SELECT b.credit_id, %(invoice_id)s::uuid, -b.amount, c.currency, %(credit_note_id)s::uuid, %(now)s::timestamptz
FROM unnest(%(credits)s::uuid[], %(amounts)s::numeric[]) AS b (credit_id, amount)
JOIN credits c ON c.id = b.credit_id;

-- name: unexhaust
UPDATE credits SET used_at = NULL, invoice_id = NULL WHERE id = ANY (%(credits)s::uuid[]) AND used_at IS NOT NULL;
