-- Where the books stand: all amounts by currency.

-- name: last_run
SELECT max(at) AS at FROM billing_runs;

-- name: receivables
-- What was due before the first of these instants has age 0.
SELECT i.currency, width_bucket(i.due_date, %(ages)s::timestamptz[]) AS age, count(*) AS invoices, sum(d.due) AS due
FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.status IN ('sent', 'overdue')
GROUP BY i.currency, age ORDER BY i.currency, age;

-- name: credits
SELECT c.currency, c.type, sum(c.amount - coalesce(b.burnt, 0) - credit_paid_out(c.id)) AS remaining
FROM credits c LEFT JOIN LATERAL (SELECT sum(amount) AS burnt FROM credit_burns WHERE credit_id = c.id) b ON TRUE
WHERE c.voided_at IS NULL AND c.used_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > %(now)s::timestamptz)
GROUP BY c.currency, c.type ORDER BY c.currency, c.type;

-- name: drafts
SELECT i.number, u.email AS "user", i.kind, i.total, i.currency, i.closes_at, i.draft_reason
FROM invoices i JOIN users u ON u.id = i.user_id
WHERE i.status = 'draft' ORDER BY i.closes_at, u.email, i.id;

-- name: consumers_abroad
-- What was sold to people without a VAT number in another country than the seller's, less credit notes, without tax and in
-- EUR; not what is outside the scope of VAT.
WITH issued AS (
  SELECT issue_date, subtotal, tax_groups, seller, metadata -> 'customerInfo' AS customer
  FROM invoices WHERE currency = 'EUR' AND number !~ '^DRAFT-'
  UNION ALL
  SELECT issue_date, -subtotal, tax_groups, metadata -> 'seller', metadata -> 'customerInfo'
  FROM credit_notes WHERE currency = 'EUR'
)
SELECT extract(year FROM issue_date AT TIME ZONE coalesce(seller ->> 'zone', 'UTC'))::int AS year,
       customer ->> 'country' AS country, sum(subtotal) AS amount
FROM issued
WHERE issue_date >= %(since)s::timestamptz AND customer ->> 'country' <> seller ->> 'country' AND customer ->> 'vatNumber' IS NULL
  AND tax_groups -> 0 ->> 'category' <> 'O'
GROUP BY 1, 2;

-- name: undelivered
SELECT count(*) FILTER (WHERE status = 'waiting') AS waiting, count(*) FILTER (WHERE status = 'failed') AS failed
FROM outbox WHERE status IN ('waiting', 'failed');

-- name: late
SELECT u.email AS "user", p.starts_on, p.ends_on, p.late_rows
FROM billing_periods p JOIN subscriptions s ON s.id = p.subscription_id JOIN users u ON u.id = s.user_id
WHERE p.late_rows > 0 ORDER BY p.starts_at, u.email;

-- name: unbilled_months
-- Of UTC, that had ended by then and hold usage that may still be billed: of months not frozen, and not yet opened.
WITH waiting AS (
  SELECT starts_at, ends_at FROM billing_periods WHERE frozen_at IS NULL
  UNION ALL
  SELECT next_boundary, 'infinity' FROM subscriptions WHERE next_boundary IS NOT NULL
), cut AS (
  SELECT date_trunc('month', %(before)s::timestamptz AT TIME ZONE 'UTC') AS month
)
SELECT DISTINCT to_char(m, 'YYYY-MM') AS month
FROM cut c CROSS JOIN waiting w CROSS JOIN LATERAL generate_series(
  date_trunc('month', w.starts_at AT TIME ZONE 'UTC'),
  least(w.ends_at AT TIME ZONE 'UTC', c.month) - interval '1 microsecond',
  interval '1 month'
) m
ORDER BY month;
