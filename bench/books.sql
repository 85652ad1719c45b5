-- Everybody's month that ends at once.

-- name: people
WITH seller AS (
  INSERT INTO seller (name, address, postcode, city, country, vat_number)
  VALUES ('Lectern SAS', '1 quai', '75001', 'Paris', 'FR', 'FR40303265045')
)
INSERT INTO users (id, email, email_key)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'user' || n || '@example.org', 'user' || n || '@example.org'
FROM generate_series(0, %(people)s::int - 1) n;

-- name: customers
INSERT INTO customers (user_id, name, address, postcode, city, country)
SELECT id, email, '1 road', '75001', 'Paris', 'FR' FROM users;

-- name: plan
WITH plan AS (
  INSERT INTO plans (id, name, amount, interval) VALUES ('measured', 'Measured', 19, 'month') RETURNING id
), version AS (
  INSERT INTO plan_versions (plan, version, created_at) SELECT id, 1, '2020-01-01' FROM plan RETURNING plan
)
INSERT INTO plan_prices (plan, version, interval, currency, amount, charges, is_default)
SELECT plan, 1, 'month', 'EUR', 19, %(charges)s::jsonb, TRUE FROM version;

-- name: subscriptions
INSERT INTO subscriptions (user_id, plan, current_period_start, current_period_end, amount, interval, zone, anchor, next_boundary)
SELECT id, 'measured', %(begins)s::timestamptz, %(ends)s::timestamptz, 19, 'month', 'UTC', %(begins)s::timestamptz::date,
       %(ends)s::timestamptz
FROM users;

-- name: spans
INSERT INTO subscription_spans (subscription_id, starts_at, starts_on, mode, plan, plan_version, amount, charges, limits)
SELECT id, %(begins)s::timestamptz, anchor, 'billed', 'measured', 1, 19, %(charges)s::jsonb, '{}' FROM subscriptions;

-- name: periods
INSERT INTO billing_periods (subscription_id, number, starts_at, ends_at, starts_on, ends_on, fee, plan, covered_from)
SELECT id, 1, %(begins)s::timestamptz, %(ends)s::timestamptz, anchor, %(ends)s::timestamptz::date, 19, 'measured', anchor
FROM subscriptions;

-- name: usage
-- As calls come in: by time, each by somebody.
INSERT INTO usage_logs (user_id, tool_name, tokens_returned, response_time_ms, created_at, recorded_at)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex((n * 7919) %% %(people)s::int), 12, '0'))::uuid, 'query-docs', 1200, 20,
       %(begins)s::timestamptz + n %% 2600000 * interval '1 second', %(begins)s::timestamptz + n %% 2600000 * interval '1 second'
FROM generate_series(%(first)s::bigint, %(until)s::bigint - 1) n;

-- name: indexes
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made
FROM pg_index WHERE indrelid = 'usage_logs'::regclass AND NOT indisprimary;

-- name: drop_key
ALTER TABLE usage_logs DROP CONSTRAINT usage_logs_pkey;

-- name: make_key
ALTER TABLE usage_logs ADD PRIMARY KEY (id, created_at);
