-- Disputes as rows.

-- name: disputes
SELECT d.* FROM disputes d WHERE d.payment_id = %(payment_id)s::uuid ORDER BY d.opened_at, d.id;

-- name: seen
SELECT * FROM disputes WHERE payment_id = %(payment_id)s::uuid AND provider_dispute_id = %(provider_dispute_id)s::text;

-- name: write
INSERT INTO disputes (payment_id, provider_dispute_id, kind, state, amount, currency, reason, opened_at, taken_at, returned_at)
VALUES (%(payment_id)s::uuid, %(provider_dispute_id)s::text, %(kind)s::text, %(state)s::text, %(amount)s::numeric, %(currency)s::text,
        %(reason)s::text, %(opened_at)s::timestamptz, %(taken_at)s::timestamptz, %(returned_at)s::timestamptz)
ON CONFLICT (payment_id, provider_dispute_id) DO UPDATE
SET kind = excluded.kind, state = excluded.state, amount = excluded.amount, reason = excluded.reason, taken_at = excluded.taken_at,
  returned_at = excluded.returned_at
RETURNING *;
