-- Payments as rows.

-- name: payments
SELECT p.*, i.number, u.email AS "user", m.type AS method_type, m.brand, m.last_four, m.provider_method_id,
       coalesce(i.seller ->> 'zone', 'UTC') AS zone
FROM payments p
JOIN invoices i ON i.id = p.invoice_id
JOIN users u ON u.id = p.user_id
LEFT JOIN payment_methods m ON m.id = p.method_id
WHERE (%(id)s::uuid IS NULL OR p.id = %(id)s::uuid)
  AND (%(user_id)s::uuid IS NULL OR p.user_id = %(user_id)s::uuid)
  AND (%(invoice_id)s::uuid IS NULL OR p.invoice_id = %(invoice_id)s::uuid)
  AND (%(status)s::text IS NULL OR p.status = %(status)s::text)
ORDER BY p.created_at DESC, p.id;

-- name: begins
SELECT id FROM payments WHERE id::text LIKE %(beginning)s::text || '%%' ORDER BY id LIMIT 2;

-- name: by_transaction
SELECT id, invoice_id, user_id, looks FROM payments
WHERE provider = %(provider)s::text AND (id = %(id)s::uuid OR provider_transaction_id = %(transaction_id)s::text OR link_id = %(link_id)s::text)
ORDER BY id = %(id)s::uuid DESC NULLS LAST, created_at;

-- name: locked
SELECT * FROM payments WHERE id = %(id)s::uuid FOR NO KEY UPDATE;

-- name: add
INSERT INTO payments (id, invoice_id, user_id, amount, currency, status, method_id, provider, provider_transaction_id, origin, step,
                      idempotency_key, asked_at, leased_until, created_at, processed_at, metadata)
VALUES (%(id)s::uuid, %(invoice_id)s::uuid, %(user_id)s::uuid, %(amount)s::numeric, %(currency)s::text, %(status)s::text,
        %(method_id)s::uuid, %(provider)s::text, %(transaction_id)s::text, %(origin)s::text, %(step)s::int, %(key)s::text,
        %(asked_at)s::timestamptz, %(leased_until)s::timestamptz, %(now)s::timestamptz, %(processed_at)s::timestamptz,
        %(metadata)s::jsonb)
ON CONFLICT (provider, provider_transaction_id, invoice_id) DO NOTHING
RETURNING *;

-- name: move
UPDATE payments SET status = %(status)s::text, decline = %(decline)s::text, failure_reason = %(reason)s::text,
  provider_transaction_id = coalesce(provider_transaction_id, %(transaction_id)s::text), link_id = coalesce(%(link_id)s::text, link_id),
  action_url = %(action_url)s::text, leased_until = NULL, checked_at = %(now)s::timestamptz, processed_at = %(processed_at)s::timestamptz
WHERE id = %(id)s::uuid
RETURNING *;

-- name: due
SELECT i.id, i.user_id, i.number, i.status, i.currency, d.due FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.id = %(id)s::uuid;

-- name: looked
UPDATE payments SET looks = looks + 1 WHERE id = %(id)s::uuid;
