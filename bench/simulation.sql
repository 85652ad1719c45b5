-- A firm's world, and the laws of its books: a law's statement finds what breaks it.

-- name: add_plan
WITH plan AS (
  INSERT INTO plans (id, name, amount, currency, interval, limits)
  VALUES (%(plan)s::text, %(plan)s::text, %(amount)s::numeric, 'EUR', 'month', %(limits)s::jsonb) RETURNING id
)
INSERT INTO plan_versions (plan, version, limits, created_at) SELECT id, 1, %(limits)s::jsonb, %(since)s::timestamptz FROM plan;

-- name: add_price
INSERT INTO plan_prices (plan, version, interval, currency, amount, charges, is_default)
VALUES (%(plan)s::text, 1, %(interval)s::text, %(currency)s::text, %(amount)s::numeric, %(charges)s::jsonb, %(is_default)s::boolean);

-- name: add_user
INSERT INTO users (id, email, email_key) VALUES (%(id)s::uuid, %(email)s::text, %(email)s::text);

-- name: add_customer
INSERT INTO customers (user_id, name, address, postcode, city, country, vat_number, zone)
VALUES (%(id)s::uuid, %(email)s::text, '1 road', %(postcode)s::text, 'Town', %(country)s::text, %(vat_number)s::text, %(zone)s::text);

-- name: use
INSERT INTO usage_logs (id, user_id, tool_name, outcome, repeats, tokens_returned, created_at, recorded_at)
SELECT id, user_id, 'query-docs', outcome, repeats, tokens, created_at, recorded_at
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id UUID, user_id UUID, outcome TEXT, repeats INT, tokens INT, created_at TIMESTAMPTZ,
  recorded_at TIMESTAMPTZ);

-- name: pay
INSERT INTO payments (invoice_id, user_id, amount, currency, status, provider, created_at, processed_at)
VALUES (%(invoice)s::uuid, %(user)s::uuid, %(amount)s::numeric, %(currency)s::text, 'completed', 'wise', %(now)s::timestamptz,
        %(now)s::timestamptz);

-- name: open_of
SELECT v.id, v.currency, d.due FROM invoices v CROSS JOIN LATERAL invoice_due(v.id) d
WHERE v.user_id = %(user)s::uuid AND v.status IN ('sent', 'overdue') ORDER BY v.number;

-- name: sent_of
SELECT id, currency, total FROM invoices WHERE user_id = %(user)s::uuid AND status IN ('sent', 'overdue', 'paid') AND total > 0
ORDER BY number;

-- name: totals
SELECT (SELECT count(*) FROM invoices WHERE number !~ '^DRAFT') AS invoices, (SELECT count(*) FROM credit_notes) AS credit_notes,
       (SELECT count(*) FROM credit_burns) AS burns, (SELECT count(*) FROM billing_alerts) AS alerts,
       (SELECT count(*) FROM subscriptions) AS subscriptions, (SELECT coalesce(sum(late_rows), 0)::bigint FROM billing_periods) AS late_rows;

-- name: daily
SELECT v.currency, sum(v.total) AS totals, sum(d.due) AS dues, sum(d.paid - d.refunded) AS paid, sum(d.burnt - d.given_back) AS burnt,
       sum(d.credited) AS credited, sum(d.granted) AS granted
FROM invoices v CROSS JOIN LATERAL invoice_due(v.id) d
WHERE v.number !~ '^DRAFT-'
GROUP BY v.currency
HAVING sum(v.total) <> sum(d.due) + sum(d.paid - d.refunded) + sum(d.burnt - d.given_back) + sum(d.credited) - sum(d.granted);

-- name: credits
SELECT c.id, c.amount, b.burnt, o.paid_out FROM credits c
CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS burnt FROM credit_burns WHERE credit_id = c.id) b
CROSS JOIN LATERAL credit_paid_out(c.id) AS o (paid_out)
WHERE b.burnt < 0 OR o.paid_out < 0 OR b.burnt + o.paid_out > c.amount
   OR c.used_at IS NULL AND b.burnt = c.amount OR c.used_at IS NOT NULL AND b.burnt + o.paid_out < c.amount;

-- name: dues
-- What others gave back at a provider, though a note's credit of it was burnt, stays due on a paid invoice; and so does what a
-- bank took of a cancelled one.
SELECT v.number, v.status, v.total, d.due, o.amount AS given_by_others
FROM invoices v CROSS JOIN LATERAL invoice_due(v.id) d
CROSS JOIN LATERAL (
  SELECT coalesce(sum(r.amount) FILTER (WHERE r.status = 'completed' AND r.idempotency_key IS NULL), 0) AS amount
  FROM payments p JOIN refunds r ON r.payment_id = p.id WHERE p.invoice_id = v.id
) o
WHERE v.number !~ '^DRAFT-' AND (d.due < 0 OR (d.due = 0) <> (v.status IN ('paid', 'cancelled')))
  AND NOT (v.status = 'paid' AND d.due > 0 AND d.due <= o.amount)
  AND NOT (v.status = 'cancelled' AND d.due > 0 AND (is_charged_back(v.id) OR d.due <= o.amount));

-- name: numbers
WITH numbered AS (
  SELECT number, issue_date, created_at FROM invoices WHERE number !~ '^DRAFT-'
  UNION ALL SELECT number, issue_date, created_at FROM credit_notes
), parts AS (
  SELECT regexp_replace(number, '-\d+$', '') AS series, regexp_replace(number, '^.*-', '')::int AS place, issue_date FROM numbered
), ordered AS (
  SELECT series, place, issue_date, lag(place, 1, 0) OVER w AS before, lag(issue_date) OVER w AS earlier
  FROM parts WINDOW w AS (PARTITION BY series ORDER BY place)
)
SELECT * FROM ordered WHERE place <> before + 1 OR issue_date < earlier;

-- name: tiles
SELECT p.subscription_id, p.number FROM (
  SELECT *, lag(ends_at) OVER w AS before, lag(number) OVER w AS earlier, first_value(starts_at) OVER w AS first,
         last_value(ends_at) OVER (PARTITION BY subscription_id ORDER BY starts_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last
  FROM billing_periods WINDOW w AS (PARTITION BY subscription_id ORDER BY starts_at)
) p JOIN subscriptions s ON s.id = p.subscription_id
WHERE p.before <> p.starts_at OR p.number <> p.earlier + 1 OR p.last <> coalesce(s.ended_at, s.next_boundary)
   OR p.first <> (SELECT min(x.starts_at) FROM subscription_spans x WHERE x.subscription_id = s.id);

-- name: sums
SELECT v.number, v.subtotal, v.tax, i.lines, g.base, g.tax AS group_tax
FROM invoices v
CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS lines FROM invoice_items WHERE invoice_id = v.id) i
CROSS JOIN LATERAL (
  SELECT coalesce(sum((x ->> 'base')::numeric), 0) AS base, coalesce(sum((x ->> 'tax')::numeric), 0) AS tax
  FROM jsonb_array_elements(v.tax_groups) x
) g
WHERE v.number !~ '^DRAFT-' AND (v.subtotal <> i.lines OR v.subtotal <> g.base OR v.tax <> g.tax OR v.total <> v.subtotal + v.tax);

-- name: digits
SELECT v.number, v.currency, v.total, v.tax FROM invoices v
WHERE scale(trim_scale(v.total)) > CASE v.currency WHEN 'JPY' THEN 0 WHEN 'KWD' THEN 3 ELSE 2 END
   OR scale(trim_scale(v.tax)) > CASE v.currency WHEN 'JPY' THEN 0 WHEN 'KWD' THEN 3 ELSE 2 END;

-- name: notes
SELECT v.number, v.subtotal, v.tax, sum(n.subtotal) AS net, sum(n.tax) AS note_tax
FROM invoices v JOIN credit_notes n ON n.invoice_id = v.id
GROUP BY v.id HAVING sum(n.subtotal) > v.subtotal OR sum(n.tax) > v.tax;

-- name: alerts
-- What a bank took back is overdue anew, and nobody is told.
SELECT v.number, count(a.id) AS alerts
FROM invoices v LEFT JOIN billing_alerts a ON a.type = 'invoice_overdue' AND a.occasion LIKE '%%' || v.id || '%%'
WHERE v.status = 'overdue' GROUP BY v.id HAVING count(a.id) > 1 OR (count(a.id) = 0 AND NOT is_charged_back(v.id));

-- name: rated_once
WITH spans AS (
  SELECT subscription_id, starts_at, mode, lead(starts_at, 1, 'infinity') OVER (PARTITION BY subscription_id ORDER BY starts_at) AS ends_at
  FROM subscription_spans
), used AS (
  SELECT p.subscription_id, p.starts_at, sum(u.repeats) AS requests, sum(u.tokens_returned) AS tokens
  FROM billing_periods p
  JOIN subscriptions s ON s.id = p.subscription_id
  JOIN spans x ON x.subscription_id = s.id AND x.mode = 'billed'
  JOIN usage_logs u ON u.user_id = s.user_id AND u.created_at >= greatest(p.starts_at, x.starts_at)
    AND u.created_at < least(p.ends_at, x.ends_at) AND u.recorded_at <= p.ends_at + %(grace)s::interval
    AND u.outcome IN ('answered', 'missed')
  WHERE p.number > 0 AND p.frozen_at IS NOT NULL
  GROUP BY 1, 2
), rated AS (
  SELECT r.subscription_id, r.period_start AS starts_at, sum(r.quantity) FILTER (WHERE r.meter = 'requests') AS requests,
         sum(r.quantity) FILTER (WHERE r.meter = 'tokens') AS tokens
  FROM usage_ratings r JOIN billing_periods p ON p.subscription_id = r.subscription_id AND p.starts_at = r.period_start
  WHERE p.frozen_at IS NOT NULL GROUP BY 1, 2
)
SELECT * FROM used FULL JOIN rated USING (subscription_id, starts_at)
WHERE used.requests IS DISTINCT FROM rated.requests OR used.tokens IS DISTINCT FROM rated.tokens;
