-- Our side of a provider's list.

-- name: first
-- When our payments begin there; without any, when people began to owe.
SELECT coalesce(
  (SELECT min(p.created_at) FROM payments p WHERE p.provider = %(provider)s::text),
  (SELECT min(i.issue_date) FROM invoices i WHERE i.number !~ '^DRAFT-')
) AS at;

-- name: ours
-- Of a transfer, which may pay several invoices or none, what came; of all else, what was asked.
WITH wanted AS (
  SELECT p.* FROM payments p
  WHERE p.provider = %(provider)s::text
    AND (p.created_at >= %(since)s::timestamptz OR p.provider_transaction_id = ANY (%(ids)s::text[]) OR p.id = ANY (%(payments)s::uuid[]))
), told AS (
  SELECT p.provider_transaction_id AS id, array_agg(p.id ORDER BY i.number) AS payments, array_agg(i.number ORDER BY i.number) AS invoices,
         sum(p.amount) AS amount, min(p.currency) AS currency,
         (array_agg(p.status ORDER BY array_position(ARRAY['completed', 'refunded', 'processing', 'pending', 'failed'], p.status::text)))[1] AS state,
         min(p.created_at) AS begun_at, sum(coalesce(r.refunded, 0)) AS refunded, sum(coalesce(r.refunding, 0)) AS refunding,
         sum(coalesce(d.disputed, 0)) AS disputed, sum(d.disputes)::int AS disputes
  FROM wanted p
  JOIN invoices i ON i.id = p.invoice_id
  LEFT JOIN LATERAL (
    SELECT sum(amount) FILTER (WHERE status = 'completed') AS refunded, sum(amount) FILTER (WHERE status = 'pending') AS refunding
    FROM refunds WHERE payment_id = p.id
  ) r ON TRUE
  LEFT JOIN LATERAL (
    SELECT sum(amount) FILTER (WHERE state IN ('open', 'lost')) AS disputed, count(*) AS disputes FROM disputes WHERE payment_id = p.id
  ) d ON TRUE
  GROUP BY p.provider_transaction_id, CASE WHEN p.provider_transaction_id IS NULL THEN p.id END
), transfers AS (
  SELECT t.provider_transaction_id AS id, t.amount, t.currency, t.booked_at AS begun_at FROM bank_transfers t
  WHERE t.provider = %(provider)s::text
    AND (t.booked_at >= %(since)s::timestamptz OR t.provider_transaction_id = ANY (%(ids)s::text[]))
)
SELECT coalesce(o.id, t.id) AS id, coalesce(o.payments, '{}') AS payments, coalesce(o.invoices, '{}') AS invoices,
       coalesce(t.amount, o.amount) AS amount, coalesce(t.currency, o.currency) AS currency, coalesce(o.state, 'completed') AS state,
       coalesce(t.begun_at, o.begun_at) AS begun_at, coalesce(o.refunded, 0) AS refunded, coalesce(o.refunding, 0) AS refunding,
       coalesce(o.disputed, 0) AS disputed, coalesce(o.disputes, 0) AS disputes
FROM told o FULL JOIN transfers t ON t.id = o.id
ORDER BY begun_at, id;
