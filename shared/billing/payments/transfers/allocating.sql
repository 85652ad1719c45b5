-- name: lock
SELECT * FROM bank_transfers WHERE id = %(id)s::uuid FOR UPDATE;

-- name: bills
SELECT i.id, i.user_id, i.number, i.status, i.currency, d.due, i.due_date, i.metadata -> 'customerInfo' ->> 'name' AS customer
FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.number = ANY (%(numbers)s::text[]) AND i.status <> 'draft';

-- name: rivals
SELECT * FROM bank_transfers
WHERE currency = %(currency)s::text AND amount = %(amount)s::numeric AND status = 'matched' AND id <> %(id)s::uuid
  AND booked_at BETWEEN %(after)s::timestamptz AND %(before)s::timestamptz
ORDER BY booked_at, id;

-- name: by_hand
SELECT p.amount, p.currency, p.processed_at, i.number, coalesce(i.seller ->> 'zone', 'UTC') AS zone
FROM payments p JOIN invoices i ON i.id = p.invoice_id
WHERE p.invoice_id = ANY (%(invoices)s::uuid[]) AND p.amount = %(amount)s::numeric AND p.provider = 'manual'
  AND p.status = 'completed'
  AND NOT EXISTS (SELECT FROM bank_transfers t WHERE t.provider = p.provider AND t.provider_transaction_id = p.provider_transaction_id)
ORDER BY p.processed_at LIMIT 1;

-- name: matched
UPDATE bank_transfers SET status = 'matched', reason = NULL WHERE id = %(id)s::uuid;

-- name: unmatched
UPDATE bank_transfers t SET reason = r.reason
FROM unnest(%(ids)s::uuid[], %(reasons)s::text[]) AS r (id, reason)
WHERE t.id = r.id AND t.status = 'unmatched' AND t.reason IS DISTINCT FROM r.reason;
