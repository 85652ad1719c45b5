-- name: accounts
SELECT i.id, i.status, i.total, d.burnt, d.given_back, d.credited, d.granted, d.paid, d.refunded
FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.id = ANY (%(ids)s::uuid[]);

-- name: move
UPDATE invoices i SET status = m.status, paid_date = CASE WHEN m.status = 'paid' THEN %(now)s::timestamptz END
FROM unnest(%(ids)s::uuid[], %(statuses)s::text[]) AS m (id, status)
WHERE i.id = m.id;

-- name: invoices
SELECT i.*, u.email AS user, d.burnt, d.given_back, d.credited, d.granted, d.paid, d.refunded,
       CASE WHEN i.number !~ '^DRAFT-' THEN d.due END AS due, s.plan, coalesce(i.seller ->> 'zone', 'UTC') AS zone
FROM invoices i
JOIN users u ON u.id = i.user_id
JOIN subscriptions s ON s.id = i.subscription_id
CROSS JOIN LATERAL invoice_due(i.id) d
WHERE (%(user_id)s::uuid IS NULL OR i.user_id = %(user_id)s::uuid)
  AND (%(status)s::text IS NULL OR i.status = %(status)s::text)
  AND (%(number)s::text IS NULL OR i.number = %(number)s::text)
  AND (%(id)s::uuid IS NULL OR i.id = %(id)s::uuid)
ORDER BY i.issue_date DESC, i.number DESC;

-- name: settled_by
WITH granted AS (
  SELECT c.credit_note_id, c.payment_id, sum(c.amount - credit_went_out(c.id)) AS granted
  FROM credits c LEFT JOIN credit_notes n ON n.id = c.credit_note_id LEFT JOIN payments p ON p.id = c.payment_id
  WHERE coalesce(n.invoice_id, p.invoice_id) = %(id)s::uuid GROUP BY c.credit_note_id, c.payment_id
)
SELECT 'credit' AS by, c.type AS what, c.id, sum(b.amount) AS amount, min(b.created_at) AS at
FROM credit_burns b JOIN credits c ON c.id = b.credit_id
WHERE b.invoice_id = %(id)s::uuid GROUP BY c.id HAVING sum(b.amount) > 0
UNION ALL
SELECT 'credit note', n.number, n.id, n.total - coalesce(g.granted, 0), n.issue_date
FROM credit_notes n LEFT JOIN granted g ON g.credit_note_id = n.id WHERE n.invoice_id = %(id)s::uuid
UNION ALL
SELECT 'payment', CASE p.provider WHEN 'manual' THEN 'transfer' ELSE p.provider END, p.id, p.amount - p.refunded_amount - coalesce(g.granted, 0), coalesce(p.processed_at, p.created_at)
FROM payments p LEFT JOIN granted g ON g.payment_id = p.id
WHERE p.invoice_id = %(id)s::uuid AND p.status IN ('completed', 'refunded') AND p.amount - p.refunded_amount - coalesce(g.granted, 0) <> 0
ORDER BY at, by, what;

-- name: note
UPDATE invoices SET metadata = metadata || jsonb_build_object('notes', %(text)s::text) WHERE id = %(id)s::uuid AND status = 'draft';
