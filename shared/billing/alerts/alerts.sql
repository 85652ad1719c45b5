-- Alerts: who may have to be alerted, of what, at which thresholds; and invoices that become overdue.

-- name: users_past_due
SELECT DISTINCT i.user_id FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.status = 'sent' AND i.due_date < %(before)s::timestamptz AND d.due > 0 ORDER BY i.user_id;

-- name: make_overdue
UPDATE invoices i SET status = 'overdue'
WHERE i.user_id = ANY (%(users)s::uuid[]) AND i.status = 'sent' AND i.due_date < %(before)s::timestamptz
  AND (SELECT due FROM invoice_due(i.id)) > 0;

-- name: candidates
-- Those with a threshold that a month has not reached, an overdue invoice, or a subscription that may end within days.
SELECT u.id FROM users u
WHERE u.removed_at IS NULL AND u.id IN (
  SELECT s.user_id
  FROM alert_thresholds t JOIN subscriptions s ON s.user_id = t.user_id JOIN billing_periods p ON p.subscription_id = s.id
  WHERE p.frozen_at IS NULL AND p.starts_at <= %(now)s::timestamptz AND p.ends_at > t.created_at
    AND NOT EXISTS (SELECT FROM billing_alerts a WHERE a.occasion = concat_ws('/', 'usage', s.id, p.number, t.meter, t.percent))
  UNION ALL
  SELECT i.user_id FROM invoices i
  WHERE i.status = 'overdue' AND NOT is_charged_back(i.id)
    AND NOT EXISTS (SELECT FROM billing_alerts a WHERE a.occasion = concat_ws('/', 'overdue', i.id))
  UNION ALL
  SELECT s.user_id FROM subscriptions s
  WHERE s.ended_at IS NULL AND s.current_period_end > %(now)s::timestamptz
    AND s.current_period_end <= %(now)s::timestamptz + interval '8 days'
    AND (s.cancel_at_period_end OR s.term_periods IS NOT NULL OR s.trial_end = s.current_period_end)
    AND NOT EXISTS (
      SELECT FROM billing_alerts a WHERE a.occasion = concat_ws('/', 'ending', s.id, extract(epoch FROM s.current_period_end)::bigint)
    )
)
ORDER BY u.id;

-- name: waiting_thresholds
-- Of each month that is not frozen and had not ended when the threshold was set.
SELECT s.user_id, s.id AS subscription_id, p.number, t.meter, t.percent,
       concat_ws('/', 'usage', s.id, p.number, t.meter, t.percent) AS occasion
FROM alert_thresholds t JOIN subscriptions s ON s.user_id = t.user_id JOIN billing_periods p ON p.subscription_id = s.id
WHERE t.user_id = ANY (%(users)s::uuid[])
  AND p.frozen_at IS NULL AND p.starts_at <= %(now)s::timestamptz AND p.ends_at > t.created_at
  AND NOT EXISTS (SELECT FROM billing_alerts a WHERE a.occasion = concat_ws('/', 'usage', s.id, p.number, t.meter, t.percent))
ORDER BY s.user_id, s.id, p.number, t.meter, t.percent;

-- name: used
-- What is billed of each window, as far as it was recorded by then; by the index, a user at a time.
SELECT w.place, u.requests, u.tokens
FROM jsonb_to_recordset(%(windows)s::jsonb)
  AS w (place INT, user_id UUID, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ, recorded_by TIMESTAMPTZ)
CROSS JOIN LATERAL (
  SELECT coalesce(sum(repeats), 0)::bigint AS requests, coalesce(sum(tokens_returned), 0)::bigint AS tokens
  FROM usage_logs
  WHERE user_id = w.user_id AND created_at >= w.starts_at AND created_at < w.ends_at AND recorded_at <= w.recorded_by
    AND is_counted(tool_name, outcome)
) u;

-- name: overdue_invoices
SELECT i.id, i.user_id, i.number, i.currency, i.due_date, d.due, concat_ws('/', 'overdue', i.id) AS occasion
FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.user_id = ANY (%(users)s::uuid[]) AND i.status = 'overdue' AND NOT is_charged_back(i.id)
  AND NOT EXISTS (SELECT FROM billing_alerts a WHERE a.occasion = concat_ws('/', 'overdue', i.id))
ORDER BY i.user_id, i.due_date, i.id;

-- name: endings
SELECT s.id, concat_ws('/', 'ending', s.id, extract(epoch FROM s.current_period_end)::bigint) AS occasion
FROM subscriptions s
WHERE s.user_id = ANY (%(users)s::uuid[]) AND s.ended_at IS NULL AND s.current_period_end > %(now)s::timestamptz
  AND s.current_period_end <= %(now)s::timestamptz + interval '8 days'
  AND (s.cancel_at_period_end OR s.term_periods IS NOT NULL OR s.trial_end = s.current_period_end);

-- name: raise
INSERT INTO billing_alerts (user_id, type, occasion, message, threshold, current_value, metadata, created_at)
SELECT user_id, type, occasion, message, threshold, current_value, metadata, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (
  user_id UUID, type TEXT, occasion TEXT, message TEXT, threshold NUMERIC, current_value NUMERIC, metadata JSONB
)
ON CONFLICT (occasion) DO NOTHING
RETURNING id, user_id, type;

-- name: drop_thresholds
DELETE FROM alert_thresholds
WHERE user_id = %(user)s::uuid AND meter = %(meter)s AND percent <> ALL (%(percents)s::int[]);

-- name: add_thresholds
INSERT INTO alert_thresholds (user_id, meter, percent, created_at)
SELECT %(user)s::uuid, %(meter)s, percent, %(now)s::timestamptz FROM unnest(%(percents)s::int[]) AS percent
ON CONFLICT DO NOTHING;

-- name: thresholds
SELECT meter, array_agg(percent ORDER BY percent) AS percents FROM alert_thresholds
WHERE user_id = %(user)s::uuid GROUP BY meter ORDER BY meter;

-- name: alerts
SELECT a.id, a.user_id, u.email AS "user", a.type, a.threshold, a.current_value, a.message, a.is_read, a.created_at, a.read_at,
       a.metadata
FROM billing_alerts a JOIN users u ON u.id = a.user_id
WHERE (%(id)s::uuid IS NULL OR a.id = %(id)s::uuid) AND (%(user)s::uuid IS NULL OR a.user_id = %(user)s) AND (NOT %(unread)s::boolean OR NOT a.is_read)
ORDER BY a.created_at DESC, u.email, a.occasion;

-- name: known
SELECT id FROM billing_alerts WHERE id = ANY (%(ids)s::uuid[]);

-- name: read
UPDATE billing_alerts a SET is_read = TRUE, read_at = %(now)s::timestamptz
FROM users u
WHERE u.id = a.user_id AND NOT a.is_read AND (a.id = ANY (%(ids)s::uuid[]) OR a.user_id = %(user)s::uuid)
RETURNING a.id, u.email AS "user", a.type, a.threshold, a.current_value, a.message, a.is_read, a.created_at, a.read_at, a.metadata;
