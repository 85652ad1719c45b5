-- name: keep
INSERT INTO bank_transfers (provider, provider_transaction_id, amount, currency, reference, payer, booked_at, created_at)
SELECT %(provider)s::text, t.id, t.amount, t.currency, t.reference, t.payer, t.at, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS t (id text, amount numeric, currency text, reference text, payer text, at timestamptz)
ON CONFLICT (provider, provider_transaction_id) DO NOTHING
RETURNING id;

-- name: kept_as
SELECT id, provider_transaction_id AS number, amount, currency FROM bank_transfers
WHERE provider = %(provider)s::text AND provider_transaction_id = ANY (%(numbers)s::text[]);

-- name: transfers
SELECT * FROM bank_transfers
WHERE (%(status)s::text IS NULL OR status = %(status)s::text) AND (%(ids)s::uuid[] IS NULL OR id = ANY (%(ids)s::uuid[]))
ORDER BY booked_at, provider, provider_transaction_id;

-- name: find
SELECT * FROM bank_transfers
WHERE id::text LIKE %(beginning)s::text || '%%' OR provider_transaction_id = %(number)s::text
ORDER BY id LIMIT 2;

-- name: newest
SELECT max(booked_at) AS at FROM bank_transfers WHERE provider = %(provider)s::text;
-- name: lock
SELECT * FROM bank_transfers WHERE id = %(id)s::uuid FOR UPDATE;

-- name: ignored
UPDATE bank_transfers SET status = 'ignored', reason = %(reason)s::text WHERE id = %(id)s::uuid;

-- name: open_bills
SELECT i.id, i.user_id, i.number, i.status, i.currency, d.due, i.due_date, i.metadata -> 'customerInfo' ->> 'name' AS customer
FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.status IN ('sent', 'overdue') AND d.due = ANY (%(amounts)s::numeric[])
ORDER BY i.due_date, i.number;

-- name: waiting
SELECT count(*) AS count FROM bank_transfers WHERE status = 'unmatched';
