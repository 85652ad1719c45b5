-- What an accountant asks for: documents that were sent, by the day that they bear, in the zone of their seller.

-- name: tax_groups
WITH issued AS (
  SELECT 'invoice' AS kind, 1 AS sign, currency, tax_groups, seller, metadata -> 'customerInfo' AS customer,
         (issue_date AT TIME ZONE coalesce(seller ->> 'zone', 'UTC'))::date AS day
  FROM invoices WHERE number !~ '^DRAFT-'
  UNION ALL
  SELECT 'credit_note', -1, currency, tax_groups, metadata -> 'seller', metadata -> 'customerInfo',
         (issue_date AT TIME ZONE coalesce(metadata -> 'seller' ->> 'zone', 'UTC'))::date
  FROM credit_notes
), parties AS (
  SELECT kind, sign, currency, tax_groups,
         jsonb_build_object('country', seller -> 'country', 'postcode', seller -> 'postcode', 'vatNumber', seller -> 'vatNumber',
                            'oss', seller -> 'oss') AS seller,
         jsonb_build_object('country', customer -> 'country', 'postcode', customer -> 'postcode',
                            'vatNumber', customer -> 'vatNumber') AS customer
  FROM issued WHERE day BETWEEN %(first)s::date AND %(last)s::date
)
SELECT p.kind, p.currency, p.seller, p.customer, g.category, g.rate, count(*) AS documents,
       sum(p.sign * g.base) AS base, sum(p.sign * g.tax) AS tax
FROM parties p CROSS JOIN LATERAL jsonb_to_recordset(p.tax_groups) AS g (category TEXT, rate NUMERIC, base NUMERIC, tax NUMERIC)
GROUP BY p.kind, p.currency, p.seller, p.customer, g.category, g.rate;

-- name: revenue
-- Without tax, by currency, month, and the plan that the subscription was on when the invoice's own month began.
WITH issued AS (
  SELECT i.currency, i.subscription_id, i.period_start, i.subtotal AS invoiced, 0 AS credited,
         (i.issue_date AT TIME ZONE coalesce(i.seller ->> 'zone', 'UTC'))::date AS day
  FROM invoices i WHERE i.number !~ '^DRAFT-'
  UNION ALL
  SELECT n.currency, i.subscription_id, i.period_start, 0, n.subtotal,
         (n.issue_date AT TIME ZONE coalesce(n.metadata -> 'seller' ->> 'zone', 'UTC'))::date
  FROM credit_notes n JOIN invoices i ON i.id = n.invoice_id
)
SELECT o.currency, date_trunc('month', o.day::timestamp)::date AS month,
       CASE WHEN %(by_plan)s::boolean THEN (
         SELECT s.plan FROM subscription_spans s
         WHERE s.subscription_id = o.subscription_id AND s.starts_at <= o.period_start ORDER BY s.starts_at DESC LIMIT 1
       ) END AS plan,
       sum(o.invoiced) AS invoiced, sum(o.credited) AS credited
FROM issued o WHERE o.day BETWEEN %(first)s::date AND %(last)s::date
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- name: movements
-- What moved a user's dues. Nothing moves one before its invoice was issued.
WITH sent AS (
  SELECT id, number, currency, total, issue_date, coalesce(seller ->> 'zone', 'UTC') AS zone
  FROM invoices WHERE user_id = %(user_id)s::uuid AND number !~ '^DRAFT-'
), notes AS (
  SELECT n.id, n.number, n.total, n.issue_date, s.number AS invoice, s.currency, s.zone
  FROM sent s JOIN credit_notes n ON n.invoice_id = s.id
), paid AS (
  SELECT p.id, s.number, s.currency, s.zone, greatest(coalesce(p.processed_at, p.created_at), s.issue_date) AS at, p.amount
  FROM sent s JOIN payments p ON p.invoice_id = s.id WHERE p.status IN ('completed', 'refunded')
), went_back AS (
  SELECT r.payment_id, 'refund' AS type, r.completed_at AS at, r.amount FROM paid p JOIN refunds r ON r.payment_id = p.id
  WHERE r.completed_at IS NOT NULL
  UNION ALL
  SELECT r.payment_id, 'refund_failed', r.failed_at, -r.amount FROM paid p JOIN refunds r ON r.payment_id = p.id
  WHERE r.completed_at IS NOT NULL AND r.status = 'failed'
  UNION ALL
  SELECT d.payment_id, 'dispute', d.taken_at, d.amount FROM paid p JOIN disputes d ON d.payment_id = p.id WHERE d.taken_at IS NOT NULL
  UNION ALL
  SELECT d.payment_id, 'dispute_won', d.returned_at, -d.amount FROM paid p JOIN disputes d ON d.payment_id = p.id
  WHERE d.taken_at IS NOT NULL AND d.state NOT IN ('open', 'lost')
), reversed AS (
  -- Of all that went back of a payment no more is owed than it was.
  SELECT b.*, sum(b.amount) OVER (
           PARTITION BY b.payment_id ORDER BY b.at, array_position(%(types)s::text[], b.type), b.amount ROWS UNBOUNDED PRECEDING
         ) AS so_far
  FROM went_back b
), paid_out AS (
  -- `returned_at` is when it came back.
  SELECT o.amount, p.number, p.currency, p.zone, greatest(o.created_at, r.completed_at) AS at,
         CASE WHEN r.status = 'failed' THEN r.failed_at END AS returned_at
  FROM paid p JOIN refunds r ON r.payment_id = p.id JOIN credit_payouts o ON o.refund_id = r.id WHERE r.completed_at IS NOT NULL
  UNION ALL
  SELECT o.amount, p.number, p.currency, p.zone, greatest(o.created_at, d.taken_at),
         CASE WHEN d.state NOT IN ('open', 'lost') THEN d.returned_at END
  FROM paid p JOIN disputes d ON d.payment_id = p.id JOIN credit_payouts o ON o.dispute_id = d.id
), moved AS (
  SELECT 'invoice' AS type, number AS document, number AS invoice, currency, zone, issue_date AS at, total AS amount FROM sent
  UNION ALL
  SELECT 'burn', s.number, s.number, s.currency, s.zone, greatest(b.created_at, s.issue_date), -b.amount
  FROM sent s JOIN credit_burns b ON b.invoice_id = s.id WHERE b.amount > 0
  UNION ALL
  SELECT 'credit_note', number, invoice, currency, zone, issue_date, -total FROM notes
  UNION ALL
  SELECT 'refund_credit', n.number, n.invoice, n.currency, n.zone, greatest(c.created_at, n.issue_date), c.amount
  FROM notes n JOIN credits c ON c.credit_note_id = n.id
  UNION ALL
  SELECT 'burn_returned', n.number, n.invoice, n.currency, n.zone, greatest(b.created_at, n.issue_date), -b.amount
  FROM notes n JOIN credit_burns b ON b.credit_note_id = n.id
  UNION ALL
  SELECT 'payment', number, number, currency, zone, at, -amount FROM paid
  UNION ALL
  SELECT 'refund_credit', p.number, p.number, p.currency, p.zone, greatest(c.created_at, p.at), c.amount
  FROM paid p JOIN credits c ON c.payment_id = p.id
  UNION ALL
  SELECT b.type, p.number, p.number, p.currency, p.zone, b.at, least(b.so_far, p.amount) - least(b.so_far - b.amount, p.amount)
  FROM reversed b JOIN paid p ON p.id = b.payment_id
  WHERE least(b.so_far, p.amount) <> least(b.so_far - b.amount, p.amount)
  UNION ALL
  SELECT 'paid_out', number, number, currency, zone, at, -amount FROM paid_out
  UNION ALL
  SELECT 'refund_credit', number, number, currency, zone, returned_at, amount FROM paid_out WHERE returned_at IS NOT NULL
)
SELECT type, document, invoice, currency, (at AT TIME ZONE zone)::date AS day, at, amount
FROM moved ORDER BY currency, day, at, array_position(%(types)s::text[], type), document, amount;
