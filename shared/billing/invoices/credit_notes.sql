-- name: invoice
SELECT i.id, i.user_id, i.number, i.status, i.currency, i.period, i.tax_groups, i.seller, i.metadata -> 'customerInfo' AS customer,
       i.total, d.burnt, d.given_back, d.credited, d.granted, d.paid, d.refunded, d.due, invoice_reserved(i.id) AS reserved,
       (SELECT coalesce(jsonb_agg(n.tax_groups), '[]') FROM credit_notes n WHERE n.invoice_id = i.id) AS notes
FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.id = %(id)s::uuid
FOR NO KEY UPDATE OF i;

-- name: add
INSERT INTO credit_notes (invoice_id, user_id, number, reason, items, tax_groups, subtotal, tax, total, currency, pending_id,
                          period_start, meter, terms, tier, issue_date, created_at, metadata)
VALUES (%(invoice_id)s::uuid, %(user_id)s::uuid, %(number)s::text, %(reason)s::text, %(items)s::jsonb, %(tax_groups)s::jsonb,
        %(subtotal)s::numeric, %(tax)s::numeric, %(total)s::numeric, %(currency)s::text, %(pending_id)s::uuid,
        %(period_start)s::timestamptz, %(meter)s::text, %(terms)s::text, %(tier)s::int, %(issue_date)s::timestamptz, %(now)s::timestamptz, %(metadata)s::jsonb)
RETURNING *;

-- name: notes
SELECT n.*, u.email AS user, i.number AS invoice, i.issue_date AS invoice_issue_date, i.template_version, i.period, coalesce(i.seller ->> 'zone', 'UTC') AS zone,
       coalesce(g.granted, 0) AS granted, coalesce(b.given_back, 0) AS given_back
FROM credit_notes n
JOIN users u ON u.id = n.user_id
JOIN invoices i ON i.id = n.invoice_id
LEFT JOIN LATERAL (SELECT sum(amount) AS granted FROM credits WHERE credit_note_id = n.id) g ON TRUE
LEFT JOIN LATERAL (
  SELECT -sum(amount) AS given_back FROM credit_burns WHERE invoice_id = n.invoice_id AND credit_note_id = n.id
) b ON TRUE
WHERE (%(user_id)s::uuid IS NULL OR n.user_id = %(user_id)s::uuid)
  AND (%(number)s::text IS NULL OR n.number = %(number)s::text)
  AND (%(id)s::uuid IS NULL OR n.id = %(id)s::uuid)
ORDER BY n.issue_date DESC, n.number DESC;
