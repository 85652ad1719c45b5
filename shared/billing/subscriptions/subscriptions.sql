-- Subscriptions with their spans and months; a batch is read and written in a few statements.

-- name: live_of
SELECT id FROM subscriptions WHERE user_id = ANY (%(users)s::uuid[]) AND status IN ('active', 'paused');

-- name: newest_of
-- The one that runs, or the one that ended last.
SELECT id FROM subscriptions WHERE user_id = %(user)s::uuid ORDER BY ended_at IS NULL DESC, ended_at DESC, created_at DESC LIMIT 1;

-- name: all_of
SELECT id FROM subscriptions WHERE user_id = %(user)s::uuid ORDER BY created_at, id;

-- name: at_boundary
SELECT id FROM subscriptions
WHERE user_id = ANY (%(users)s::uuid[]) AND next_boundary <= %(now)s::timestamptz ORDER BY user_id, id;

-- name: last_end
SELECT max(ended_at) AS ended_at FROM subscriptions WHERE user_id = %(user)s::uuid;

-- name: subscriptions
SELECT s.id, s.user_id, s.status, s.currency, s.interval, s.interval_count, s.zone, s.anchor, s.trial_start, s.trial_end,
       s.term_periods, s.cancel_at_period_end, s.next_plan, s.next_interval, s.next_interval_count, s.next_boundary, s.ended_at,
       s.pause_reason
FROM subscriptions s WHERE s.id = ANY (%(ids)s::uuid[]) ORDER BY s.user_id, s.id;

-- name: spans
SELECT subscription_id, starts_at, starts_on, mode, plan, plan_version, amount, charges::text AS charges, limits
FROM subscription_spans WHERE subscription_id = ANY (%(ids)s::uuid[]) ORDER BY subscription_id, starts_at;

-- name: periods
-- Those of the interval that runs, and of each interval of which something is not on an invoice.
WITH wanted AS (
  SELECT s.id, CASE s.interval WHEN 'year' THEN 12 ELSE 1 END * s.interval_count AS months,
         least((SELECT max(number) FROM billing_periods p WHERE p.subscription_id = s.id),
               (SELECT min(number) FROM billing_periods p WHERE p.subscription_id = s.id AND p.settled_at IS NULL)) AS oldest
  FROM subscriptions s WHERE s.id = ANY (%(ids)s::uuid[])
)
SELECT p.subscription_id, p.number, p.starts_at, p.ends_at, p.starts_on, p.ends_on, p.fee, p.plan, p.covered_from
FROM wanted w JOIN billing_periods p
  ON p.subscription_id = w.id AND p.number >= CASE WHEN w.oldest = 0 THEN 0 ELSE (w.oldest - 1) / w.months * w.months + 1 END
ORDER BY p.subscription_id, p.number;

-- name: write_subscriptions
INSERT INTO subscriptions (id, user_id, plan, status, current_period_start, current_period_end, cancel_at_period_end, amount,
  currency, interval, interval_count, trial_start, trial_end, zone, anchor, term_periods, next_plan, next_interval,
  next_interval_count, next_boundary, ended_at, pause_reason, created_at)
SELECT id, user_id, plan, status, current_period_start, current_period_end, cancel_at_period_end, amount, currency, interval,
       interval_count, trial_start, trial_end, zone, anchor, term_periods, next_plan, next_interval, next_interval_count,
       next_boundary, ended_at, pause_reason, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id UUID, user_id UUID, plan TEXT, status TEXT, current_period_start TIMESTAMPTZ,
  current_period_end TIMESTAMPTZ, cancel_at_period_end BOOLEAN, amount NUMERIC, currency TEXT, interval TEXT, interval_count INT,
  trial_start TIMESTAMPTZ, trial_end TIMESTAMPTZ, zone TEXT, anchor DATE, term_periods INT, next_plan TEXT, next_interval TEXT,
  next_interval_count INT, next_boundary TIMESTAMPTZ, ended_at TIMESTAMPTZ, pause_reason TEXT)
ORDER BY ended_at IS NULL, id
ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, status = excluded.status, current_period_start = excluded.current_period_start,
  current_period_end = excluded.current_period_end, cancel_at_period_end = excluded.cancel_at_period_end, amount = excluded.amount,
  interval = excluded.interval, interval_count = excluded.interval_count, next_plan = excluded.next_plan,
  next_interval = excluded.next_interval, next_interval_count = excluded.next_interval_count,
  next_boundary = excluded.next_boundary, ended_at = excluded.ended_at,
  pause_reason = excluded.pause_reason;

-- name: write_spans
INSERT INTO subscription_spans (subscription_id, starts_at, starts_on, mode, plan, plan_version, amount, charges, limits)
SELECT subscription_id, starts_at, starts_on, mode, plan, plan_version, amount, charges::jsonb, limits
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (subscription_id UUID, starts_at TIMESTAMPTZ, starts_on DATE, mode TEXT, plan TEXT,
  plan_version INT, amount NUMERIC, charges TEXT, limits JSONB)
ON CONFLICT (subscription_id, starts_at) DO UPDATE SET mode = excluded.mode, plan = excluded.plan,
  plan_version = excluded.plan_version, amount = excluded.amount, charges = excluded.charges, limits = excluded.limits;

-- name: write_periods
INSERT INTO billing_periods (subscription_id, number, starts_at, ends_at, starts_on, ends_on, follows, fee, plan, covered_from)
SELECT subscription_id, number, starts_at, ends_at, starts_on, ends_on, follows, fee, plan, covered_from
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (subscription_id UUID, number INT, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ,
  starts_on DATE, ends_on DATE, follows TIMESTAMPTZ, fee NUMERIC, plan TEXT, covered_from DATE)
ON CONFLICT (subscription_id, starts_at) DO UPDATE SET ends_at = excluded.ends_at, ends_on = excluded.ends_on,
  covered_from = excluded.covered_from;

-- name: drop_period
-- One that was cut to nothing.
DELETE FROM billing_periods WHERE subscription_id = %(id)s::uuid AND starts_at = %(starts_at)s::timestamptz;

-- name: write_drafts
INSERT INTO invoices (id, user_id, subscription_id, kind, period_start, sequence, closes_at, number, period, currency, issue_date,
                      due_date, created_at)
SELECT id, user_id, subscription_id, kind, period_start, sequence, closes_at, 'DRAFT-' || id, period, currency,
       %(now)s::timestamptz, %(now)s::timestamptz, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id UUID, user_id UUID, subscription_id UUID, kind TEXT, period_start TIMESTAMPTZ,
  sequence INT, closes_at TIMESTAMPTZ, period JSONB, currency TEXT)
ON CONFLICT (subscription_id, period_start, kind, sequence) DO NOTHING;

-- name: write_pending
INSERT INTO pending_items (id, user_id, subscription_id, type, description, amount, currency, starts_on, ends_on, due_at, created_at,
                           metadata)
SELECT id, user_id, subscription_id, type, description, amount, currency, starts_on, ends_on, due_at, %(now)s::timestamptz,
       coalesce(metadata, '{}')
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id UUID, user_id UUID, subscription_id UUID, type TEXT, description TEXT,
  amount NUMERIC, currency TEXT, starts_on DATE, ends_on DATE, due_at TIMESTAMPTZ, metadata JSONB);

-- name: write_limits
INSERT INTO user_limits AS l (user_id, plan_month_requests, plan_month_tokens, plan_concurrent, month_starts)
SELECT user_id, requests, tokens, concurrent, month_starts
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (user_id UUID, requests BIGINT, tokens BIGINT, concurrent INT, month_starts TIMESTAMPTZ[])
ON CONFLICT (user_id) DO UPDATE SET plan_month_requests = excluded.plan_month_requests,
  plan_month_tokens = excluded.plan_month_tokens, plan_concurrent = excluded.plan_concurrent, month_starts = excluded.month_starts
WHERE (l.plan_month_requests, l.plan_month_tokens, l.plan_concurrent, l.month_starts)
  IS DISTINCT FROM (excluded.plan_month_requests, excluded.plan_month_tokens, excluded.plan_concurrent, excluded.month_starts);

-- name: renew_free_limits
-- For whom nothing runs: what the newest version of the free plan allows.
UPDATE user_limits l SET plan_month_requests = %(requests)s::bigint, plan_month_tokens = %(tokens)s::bigint,
  plan_concurrent = %(concurrent)s::int
WHERE EXISTS (SELECT FROM subscriptions s WHERE s.user_id = l.user_id)
  AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.user_id = l.user_id AND s.status = 'active'
                    AND s.current_period_start <= %(now)s::timestamptz)
  AND (plan_month_requests, plan_month_tokens, plan_concurrent)
    IS DISTINCT FROM (%(requests)s::bigint, %(tokens)s::bigint, %(concurrent)s::int);
