-- What can be subscribed to, and every version of it.

-- name: plans
SELECT id, name, description, metadata, version, archived_at, created_at, updated_at FROM plans ORDER BY amount, id;

-- name: plan
SELECT id, name, description, metadata, version, archived_at, created_at, updated_at FROM plans WHERE id = %(plan)s::text;

-- name: hold
SELECT FROM plans WHERE id = %(plan)s::text FOR KEY SHARE;

-- name: lock
SELECT FROM plans WHERE id = %(plan)s::text FOR UPDATE;

-- name: versions
SELECT v.plan, v.version, v.features, v.limits, v.created_at, jsonb_agg(
  jsonb_build_object('interval', p.interval, 'currency', p.currency, 'amount', p.amount::text, 'is_default', p.is_default, 'charges', p.charges)
  ORDER BY p.is_default DESC, p.currency, p.interval
) AS prices
FROM plan_versions v JOIN plan_prices p USING (plan, version)
WHERE v.plan = coalesce(%(plan)s::text, v.plan)
GROUP BY v.plan, v.version ORDER BY v.plan, v.version;

-- name: add_plan
INSERT INTO plans (id, name, description, amount, currency, interval, features, limits, metadata, created_at)
VALUES (%(id)s::text, %(name)s::text, %(description)s::text, %(amount)s::numeric, %(currency)s::text, %(interval)s::text,
        %(features)s::jsonb, %(limits)s::jsonb, %(metadata)s::jsonb, %(now)s::timestamptz)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: edit_plan
UPDATE plans SET name = %(name)s::text, description = %(description)s::text, amount = %(amount)s::numeric,
  currency = %(currency)s::text, interval = %(interval)s::text, features = %(features)s::jsonb, limits = %(limits)s::jsonb,
  metadata = %(metadata)s::jsonb, version = %(version)s::int
WHERE id = %(id)s::text;

-- name: add_version
INSERT INTO plan_versions (plan, version, features, limits, created_at)
VALUES (%(id)s::text, %(version)s::int, %(features)s::jsonb, %(limits)s::jsonb, %(now)s::timestamptz);

-- name: add_prices
INSERT INTO plan_prices (plan, version, interval, currency, amount, charges, is_default)
SELECT %(id)s::text, %(version)s::int, p.interval, p.currency, p.amount, p.charges, p.is_default
FROM jsonb_to_recordset(%(prices)s::jsonb) AS p (interval TEXT, currency TEXT, amount NUMERIC, charges JSONB, is_default BOOLEAN);

-- name: stranded
SELECT u.interval, u.currency, count(*) AS subscriptions
FROM (
  SELECT s.interval, s.currency FROM subscriptions s WHERE s.plan = %(id)s::text AND s.next_plan IS NULL AND s.ended_at IS NULL
  UNION ALL
  SELECT s.next_interval, s.currency FROM subscriptions s WHERE s.next_plan = %(id)s::text AND s.ended_at IS NULL
) u
LEFT JOIN jsonb_to_recordset(%(prices)s::jsonb) AS p (interval TEXT, currency TEXT) USING (interval, currency)
WHERE p.interval IS NULL
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: archive
UPDATE plans SET archived_at = %(now)s::timestamptz WHERE id = %(plan)s::text AND archived_at IS NULL;
