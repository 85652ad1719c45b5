-- What is charged, and what is open.

-- name: unpaid
-- Invoices whose day has come, of people who are still there; not those of which a bank took the money back.
SELECT i.id, i.user_id, i.number, i.currency, i.due_date, d.due,
       coalesce((SELECT array_agg(s.step) FROM dunning_steps s WHERE s.invoice_id = i.id), '{}') AS steps,
       coalesce((SELECT array_agg(DISTINCT p.method_id) FROM payments p WHERE p.invoice_id = i.id AND p.method_id IS NOT NULL), '{}') AS tried,
       l.method_id AS last_method, l.decline AS declined, o.id AS open_id, o.status AS open_status, o.leased_until, o.link_id, o.action_url
FROM invoices i
JOIN users u ON u.id = i.user_id
CROSS JOIN LATERAL invoice_due(i.id) d
LEFT JOIN LATERAL (
  SELECT p.method_id, p.decline FROM payments p
  WHERE p.invoice_id = i.id AND p.status = 'failed' AND p.method_id IS NOT NULL ORDER BY p.created_at DESC, p.id DESC LIMIT 1
) l ON TRUE
LEFT JOIN payments o ON o.invoice_id = i.id AND o.status IN ('pending', 'processing')
WHERE i.status IN ('sent', 'overdue') AND i.due_date < %(before)s::timestamptz AND d.due > 0 AND u.removed_at IS NULL
  AND NOT is_charged_back(i.id)
ORDER BY i.user_id, i.due_date, i.id;

-- name: open
-- Attempts that nobody is at, of which money may still come.
SELECT p.id, p.user_id, p.provider, p.status
FROM payments p
WHERE p.status IN ('pending', 'processing') AND p.provider = %(provider)s::text
  AND (p.leased_until IS NULL OR p.leased_until <= %(now)s::timestamptz)
  AND (p.status = 'pending' OR p.checked_at <= %(unchecked)s::timestamptz)
ORDER BY p.created_at, p.id;

-- name: lease
UPDATE payments p SET leased_until = %(until)s::timestamptz
FROM invoices i
WHERE p.id = %(id)s::uuid AND i.id = p.invoice_id AND p.status IN ('pending', 'processing')
  AND (p.leased_until IS NULL OR p.leased_until <= %(now)s::timestamptz)
RETURNING p.*, i.number, (SELECT due FROM invoice_due(i.id)) AS due;

-- name: release
UPDATE payments SET leased_until = NULL WHERE id = %(id)s::uuid AND leased_until = %(until)s::timestamptz;

-- name: asked
SELECT u.email, m.provider_method_id, m.type AS method_type, c.provider_customer_id, o.name
FROM payments p
JOIN users u ON u.id = p.user_id
LEFT JOIN payment_methods m ON m.id = p.method_id
LEFT JOIN provider_customers c ON c.user_id = p.user_id AND c.provider = p.provider
LEFT JOIN customers o ON o.user_id = p.user_id
WHERE p.id = %(id)s::uuid;

-- name: step
INSERT INTO dunning_steps (invoice_id, step, did, reason, payment_id, created_at)
VALUES (%(invoice_id)s::uuid, %(step)s::int, %(did)s::text, %(reason)s::text, %(payment_id)s::uuid, %(now)s::timestamptz)
ON CONFLICT DO NOTHING;

-- name: opened
SELECT p.* FROM payments p WHERE p.invoice_id = %(invoice_id)s::uuid AND p.status IN ('pending', 'processing');

-- name: removed_method
SELECT id FROM payment_methods WHERE id = %(id)s::uuid AND removed_at IS NOT NULL;

-- name: disputed
SELECT d.id FROM disputes d JOIN payments p ON p.id = d.payment_id
WHERE p.invoice_id = %(invoice_id)s::uuid AND d.state = 'open';
