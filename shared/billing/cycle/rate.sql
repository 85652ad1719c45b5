-- What is billed of usage: a call once, by its id; in spans that are billed, within months that ended.

-- name: due
SELECT count(*) AS months, min(p.starts_at) AS first, max(p.ends_at) AS last FROM billing_periods p
WHERE p.frozen_at IS NULL AND p.ends_at <= %(now)s::timestamptz
  AND (%(users)s::uuid[] IS NULL OR p.subscription_id IN (SELECT id FROM subscriptions WHERE user_id = ANY (%(users)s::uuid[])));

-- name: used
-- Months from `first` until `last`, which bound them all; in pieces of a month and a span, each added up by its place. Packed
-- as arrays, the pieces can be handed to parallel workers.
WITH closed AS (
  SELECT p.subscription_id, p.starts_at, p.ends_at, s.user_id, s.zone
  FROM billing_periods p JOIN subscriptions s ON s.id = p.subscription_id
  WHERE p.frozen_at IS NULL AND p.ends_at <= %(now)s::timestamptz AND p.number > 0
    AND (%(users)s::uuid[] IS NULL OR s.user_id = ANY (%(users)s::uuid[]))
    AND EXISTS (SELECT FROM subscription_spans x WHERE x.subscription_id = p.subscription_id AND x.charges <> '[]')
), spans AS (
  SELECT x.subscription_id, x.starts_at, x.mode,
         lead(x.starts_at, 1, 'infinity') OVER (PARTITION BY x.subscription_id ORDER BY x.starts_at) AS ends_at
  FROM subscription_spans x WHERE x.subscription_id IN (SELECT c.subscription_id FROM closed c)
), pieces AS (
  SELECT row_number() OVER () AS place, c.subscription_id, c.user_id, c.zone, c.starts_at AS period_start,
         x.starts_at AS span_start, greatest(c.starts_at, x.starts_at) AS begins, least(c.ends_at, x.ends_at) AS ends,
         least(%(now)s::timestamptz, c.ends_at + %(grace)s::interval) AS recorded_by
  FROM closed c JOIN spans x ON x.subscription_id = c.subscription_id AND x.starts_at < c.ends_at AND x.ends_at > c.starts_at
  WHERE x.mode = 'billed'
), packed AS (
  SELECT array_agg(q.place ORDER BY q.place) AS places, array_agg(q.user_id ORDER BY q.place) AS users,
         array_agg(q.begins ORDER BY q.place) AS begins, array_agg(q.ends ORDER BY q.place) AS ends,
         array_agg(q.recorded_by ORDER BY q.place) AS recorded_by
  FROM pieces q
), added AS (
  SELECT q.place, sum(u.repeats) AS requests, sum(u.tokens_returned) AS tokens, max(u.created_at) AS last_used_at
  FROM unnest((SELECT places FROM packed), (SELECT users FROM packed), (SELECT begins FROM packed), (SELECT ends FROM packed),
              (SELECT recorded_by FROM packed)) AS q (place, user_id, begins, ends, recorded_by)
  JOIN usage_logs u ON u.user_id = q.user_id AND u.created_at >= q.begins AND u.created_at < q.ends
  WHERE u.recorded_at <= q.recorded_by
    AND u.created_at >= %(first)s::timestamptz AND u.created_at < %(last)s::timestamptz
    AND is_counted(u.tool_name, u.outcome)
  GROUP BY q.place
)
SELECT q.subscription_id, q.user_id, q.period_start, q.span_start, a.requests, a.tokens,
       (a.last_used_at AT TIME ZONE q.zone)::date AS last_used_on
FROM added a JOIN pieces q ON q.place = a.place
ORDER BY q.user_id, q.subscription_id, q.period_start, q.span_start;

-- name: write
-- Never fewer than another run saw, and nothing of a month that is frozen.
INSERT INTO usage_ratings AS r (subscription_id, period_start, meter, terms, quantity, amount, last_used_on)
SELECT n.subscription_id, n.period_start, n.meter, n.terms, n.quantity, n.amount, n.last_used_on
FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (subscription_id UUID, period_start TIMESTAMPTZ, meter TEXT, terms TEXT,
  quantity BIGINT, amount NUMERIC, last_used_on DATE)
JOIN billing_periods p ON p.subscription_id = n.subscription_id AND p.starts_at = n.period_start AND p.frozen_at IS NULL
ON CONFLICT (subscription_id, period_start, meter, terms) DO UPDATE
  SET quantity = excluded.quantity, amount = excluded.amount, last_used_on = excluded.last_used_on
WHERE excluded.quantity > r.quantity;

-- name: freeze
UPDATE billing_periods p SET frozen_at = %(now)s::timestamptz
WHERE p.frozen_at IS NULL AND p.ends_at + %(grace)s::interval <= %(now)s::timestamptz
  AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.id = p.subscription_id AND s.user_id = ANY (%(failed)s::uuid[]));

-- name: late
-- Recorded since the last run, after the grace of its month: it is counted, and not billed.
WITH since AS (SELECT coalesce(max(at), '-infinity') AS at FROM billing_runs), touched AS (
  SELECT DISTINCT p.subscription_id, p.starts_at
  FROM usage_logs u
  JOIN subscriptions s ON s.user_id = u.user_id
  JOIN billing_periods p ON p.subscription_id = s.id AND u.created_at >= p.starts_at AND u.created_at < p.ends_at
  WHERE u.recorded_at > (SELECT at FROM since) - interval '1 hour' AND u.recorded_at <= %(now)s::timestamptz
    AND u.recorded_at > p.ends_at + %(grace)s::interval
), counted AS (
  SELECT t.subscription_id, t.starts_at, count(*) AS found
  FROM touched t
  JOIN billing_periods p ON p.subscription_id = t.subscription_id AND p.starts_at = t.starts_at
  JOIN subscriptions s ON s.id = t.subscription_id
  JOIN usage_logs u ON u.user_id = s.user_id AND u.created_at >= p.starts_at AND u.created_at < p.ends_at
  WHERE u.recorded_at > p.ends_at + %(grace)s::interval AND u.recorded_at <= %(now)s::timestamptz
    AND is_counted(u.tool_name, u.outcome)
    AND (SELECT x.mode FROM subscription_spans x WHERE x.subscription_id = t.subscription_id AND x.starts_at <= u.created_at
         ORDER BY x.starts_at DESC LIMIT 1) = 'billed'
  GROUP BY 1, 2
), old AS (
  SELECT p.subscription_id, p.starts_at, p.late_rows FROM billing_periods p JOIN counted USING (subscription_id, starts_at)
), written AS (
  UPDATE billing_periods p SET late_rows = c.found FROM counted c
  WHERE p.subscription_id = c.subscription_id AND p.starts_at = c.starts_at AND p.late_rows <> c.found
  RETURNING p.subscription_id, p.starts_at, p.late_rows
)
SELECT coalesce(sum(w.late_rows - o.late_rows), 0)::bigint AS late FROM written w JOIN old o USING (subscription_id, starts_at);
