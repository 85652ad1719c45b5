-- What calls used.

-- name: record_usage
-- repeatable: a row has its id from the caller
SELECT record_usage(%(records)s::jsonb) AS new;

-- name: make_usage_partitions
-- repeatable: it makes what is missing
SELECT make_usage_partitions();

-- name: refresh_popularity
-- repeatable: it is done once a day
WITH due AS (
  INSERT INTO popularity_computed DEFAULT VALUES
  ON CONFLICT (only_row) DO UPDATE SET at = now() WHERE popularity_computed.at <= now() - interval '1 day'
  RETURNING at
)
UPDATE libraries l SET popularity_score = wanted.score
FROM (
  SELECT l.id, least(1000, coalesce((l.metadata ->> 'popularity')::int, 0) + round(10 * ln(1 + coalesce(sum(u.calls), 0))))::int AS score
  FROM libraries l LEFT JOIN usage_daily u ON u.library_id = l.id AND u.day > (now() AT TIME ZONE 'UTC')::date - 90
  GROUP BY l.id
) wanted
WHERE l.id = wanted.id AND l.popularity_score <> wanted.score AND EXISTS (SELECT FROM due);

-- name: authenticate
SELECT k.*, access_of(k.user_id) AS rules FROM authenticate_key(%(hash)s::text) k;

-- name: key_holder
SELECT * FROM key_holder(%(key_id)s::uuid, %(at)s::timestamptz);

-- name: rules_for_everyone
SELECT access_of(NULL) AS rules;

-- name: usage_since
SELECT * FROM usage_since(%(key_id)s::uuid, %(start)s::timestamptz);

-- name: users
SELECT id, email, oauth_provider, oauth_id, hashed_password IS NOT NULL AS has_password, disabled_at, removed_at, created_at, updated_at,
       (SELECT count(*) FROM api_keys k WHERE k.user_id = u.id AND k.revoked_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > now())) AS valid_keys
FROM users u ORDER BY removed_at IS NOT NULL, email;

-- name: user
SELECT id, email, oauth_provider, oauth_id, hashed_password IS NOT NULL AS has_password, disabled_at, removed_at, created_at, updated_at
FROM users WHERE email_key = %(key)s::text OR email = %(email)s::text;

-- name: add_user
INSERT INTO users (email, email_key, hashed_password) VALUES (%(email)s::text, %(key)s::text, %(password)s::text)
ON CONFLICT DO NOTHING
RETURNING id, email, oauth_provider, oauth_id, hashed_password IS NOT NULL AS has_password, disabled_at, removed_at, created_at, updated_at;

-- name: set_password
UPDATE users SET hashed_password = %(password)s::text WHERE id = %(id)s::uuid;

-- name: set_disabled
UPDATE users SET disabled_at = CASE WHEN %(disabled)s::boolean THEN now() END
WHERE id = %(id)s::uuid AND (disabled_at IS NOT NULL) <> %(disabled)s::boolean
RETURNING id;

-- name: user_locked
SELECT id, email FROM users WHERE id = %(id)s::uuid FOR NO KEY UPDATE;

-- name: remove_user
UPDATE users SET email = 'removed+' || id || '@invalid', email_key = NULL, hashed_password = NULL, oauth_provider = NULL,
  oauth_id = NULL, disabled_at = coalesce(disabled_at, now()), removed_at = now()
WHERE id = %(id)s::uuid AND removed_at IS NULL;

-- name: remove_keys
UPDATE api_keys SET name = NULL, revoked_at = coalesce(revoked_at, now()) WHERE user_id = %(id)s::uuid;

-- name: remove_rules
DELETE FROM access_rules WHERE user_id = %(id)s::uuid;

-- name: remove_groups
DELETE FROM user_groups WHERE user_id = %(id)s::uuid;

-- name: remove_grants
DELETE FROM oauth_grants WHERE user_id = %(id)s::uuid;

-- name: remove_questions
UPDATE usage_logs SET query = NULL WHERE user_id = %(id)s::uuid AND query IS NOT NULL;

-- name: remove_sessions
DELETE FROM web_sessions WHERE user_id = %(id)s::uuid;

-- name: remove_invitations
DELETE FROM invitations WHERE user_id = %(id)s::uuid;

-- name: remove_customer
DELETE FROM customers WHERE user_id = %(id)s::uuid;

-- name: remove_methods
-- Their tokens stay until the provider forgot them too.
UPDATE payment_methods SET removed_at = coalesce(removed_at, now()), is_default = FALSE, brand = NULL, last_four = NULL,
  expiry_month = NULL, expiry_year = NULL, metadata = '{}'
WHERE user_id = %(id)s::uuid;

-- name: remove_payers
-- What a payer's bank wrote of them.
UPDATE bank_transfers t SET payer = NULL
FROM payments p
WHERE p.user_id = %(id)s::uuid AND p.provider = t.provider AND p.provider_transaction_id = t.provider_transaction_id
  AND t.payer IS NOT NULL;

-- name: remove_events
-- What a provider wrote of them; that it told us stays.
UPDATE provider_events e SET body = ''
WHERE e.status <> 'waiting' AND e.body <> '' AND (
  e.payment_id IN (SELECT id FROM payments WHERE user_id = %(id)s::uuid)
  OR (e.provider, e.object_id) IN (
    SELECT provider, provider_method_id FROM payment_methods WHERE user_id = %(id)s::uuid
    UNION ALL SELECT provider, provider_customer_id FROM provider_customers WHERE user_id = %(id)s::uuid
    UNION ALL SELECT provider, provider_link_id FROM method_links WHERE user_id = %(id)s::uuid
  ));

-- name: remove_alerts
-- By which card they paid, what its bank wrote, and where they were to pay; that they were told stays.
UPDATE billing_alerts SET message = 'of a user who was removed', metadata = metadata - ARRAY['method', 'reason', 'action_url', 'method_url']
WHERE user_id = %(id)s::uuid AND type IN ('payment_failed', 'payment_reminder', 'payment_confirmation', 'method_expiring');

-- name: remove_messages
UPDATE outbox SET recipient = NULL, last_error = CASE WHEN status = 'waiting' THEN 'the user was removed' END, leased_until = NULL,
  status = CASE WHEN status = 'waiting' THEN 'dropped' ELSE status END
WHERE user_id = %(id)s::uuid;

-- name: held_user
SELECT id, email, oauth_provider, oauth_id, hashed_password IS NOT NULL AS has_password, disabled_at, created_at, updated_at
FROM users WHERE id = %(id)s::uuid;

-- name: held_user_limits
SELECT * FROM user_limits WHERE user_id = %(id)s::uuid;

-- name: held_api_keys
SELECT id, key_prefix, name, quota_requests_per_minute, quota_requests_per_day, libraries, last_used_at, created_at, expires_at,
       revoked_at, replaced_by
FROM api_keys WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_web_sessions
SELECT created_at, expires_at FROM web_sessions WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_invitations
SELECT created_at, expires_at, used_at FROM invitations WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_access_rules
SELECT target, is_allowed, created_at FROM access_rules WHERE user_id = %(id)s::uuid ORDER BY target;

-- name: held_user_groups
SELECT group_name, source, created_at FROM user_groups WHERE user_id = %(id)s::uuid ORDER BY group_name, source;

-- name: held_oauth_tokens
-- Without their hashes.
SELECT g.client_id, t.kind, t.redirect_uri, t.created_at, t.expires_at, t.spent_at
FROM oauth_tokens t JOIN oauth_grants g ON g.id = t.grant_id WHERE g.user_id = %(id)s::uuid ORDER BY t.created_at, t.kind;

-- name: held_oauth_grants
SELECT g.client_id, c.name, g.machine, g.resource, k.key_prefix, g.created_at, g.revoked_at
FROM oauth_grants g JOIN oauth_clients c ON c.id = g.client_id LEFT JOIN api_keys k ON k.id = g.api_key_id
WHERE g.user_id = %(id)s::uuid ORDER BY g.created_at;

-- name: held_usage_logs
SELECT * FROM usage_logs WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_customers
SELECT * FROM customers WHERE user_id = %(id)s::uuid;

-- name: held_subscriptions
SELECT * FROM subscriptions WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_subscription_spans
SELECT x.* FROM subscription_spans x JOIN subscriptions s ON s.id = x.subscription_id
WHERE s.user_id = %(id)s::uuid ORDER BY x.starts_at;

-- name: held_billing_periods
SELECT p.* FROM billing_periods p JOIN subscriptions s ON s.id = p.subscription_id
WHERE s.user_id = %(id)s::uuid ORDER BY p.starts_at;

-- name: held_usage_ratings
SELECT r.* FROM usage_ratings r JOIN subscriptions s ON s.id = r.subscription_id
WHERE s.user_id = %(id)s::uuid ORDER BY r.period_start, r.meter, r.terms;

-- name: held_pending_items
SELECT * FROM pending_items WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_invoices
SELECT * FROM invoices WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_invoice_items
SELECT i.* FROM invoice_items i JOIN invoices v ON v.id = i.invoice_id
WHERE v.user_id = %(id)s::uuid ORDER BY v.created_at, v.id, i.position;

-- name: held_credit_notes
SELECT * FROM credit_notes WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_payments
SELECT * FROM payments WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_refunds
SELECT r.* FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.user_id = %(id)s::uuid ORDER BY r.created_at;

-- name: held_disputes
SELECT d.* FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE p.user_id = %(id)s::uuid ORDER BY d.opened_at;

-- name: held_dunning_steps
SELECT s.* FROM dunning_steps s JOIN invoices v ON v.id = s.invoice_id WHERE v.user_id = %(id)s::uuid ORDER BY s.created_at, s.step;

-- name: held_provider_events
SELECT e.* FROM provider_events e
WHERE e.payment_id IN (SELECT id FROM payments WHERE user_id = %(id)s::uuid)
  OR (e.provider, e.object_id) IN (
    SELECT provider, provider_method_id FROM payment_methods WHERE user_id = %(id)s::uuid
    UNION ALL SELECT provider, provider_customer_id FROM provider_customers WHERE user_id = %(id)s::uuid
    UNION ALL SELECT provider, provider_link_id FROM method_links WHERE user_id = %(id)s::uuid
  )
ORDER BY e.received_at;

-- name: held_bank_transfers
SELECT t.* FROM bank_transfers t
WHERE (t.provider, t.provider_transaction_id) IN (
  SELECT provider, provider_transaction_id FROM payments WHERE user_id = %(id)s::uuid
)
ORDER BY t.booked_at;

-- name: held_payment_methods
-- Without the token: it is a secret of ours and the provider's.
SELECT id, type, provider, is_default, last_four, expiry_month, expiry_year, brand, removed_at, detached_at, created_at, updated_at, metadata
FROM payment_methods WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_provider_customers
SELECT * FROM provider_customers WHERE user_id = %(id)s::uuid ORDER BY provider;

-- name: held_method_links
SELECT id, provider, created_at, expires_at, method_id FROM method_links WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_credits
SELECT * FROM credits WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_credit_burns
SELECT b.* FROM credit_burns b JOIN credits c ON c.id = b.credit_id WHERE c.user_id = %(id)s::uuid ORDER BY b.created_at;

-- name: held_credit_payouts
SELECT o.* FROM credit_payouts o JOIN credits c ON c.id = o.credit_id WHERE c.user_id = %(id)s::uuid ORDER BY o.created_at;

-- name: held_alert_thresholds
SELECT * FROM alert_thresholds WHERE user_id = %(id)s::uuid ORDER BY meter, percent;

-- name: held_billing_alerts
SELECT * FROM billing_alerts WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_outbox
SELECT * FROM outbox WHERE user_id = %(id)s::uuid ORDER BY created_at;

-- name: held_audit_log
SELECT * FROM audit_log WHERE user_id = %(id)s::uuid ORDER BY at;

-- name: limits
SELECT month_requests, month_tokens, concurrent, plan_month_requests, plan_month_tokens, plan_concurrent, month_starts
FROM user_limits WHERE user_id = %(id)s::uuid;

-- name: limits_locked
SELECT month_requests, month_tokens, concurrent FROM user_limits WHERE user_id = %(id)s::uuid FOR UPDATE;

-- name: set_limits
INSERT INTO user_limits (user_id, month_requests, month_tokens, concurrent)
VALUES (%(id)s::uuid, %(month_requests)s::bigint, %(month_tokens)s::bigint, %(concurrent)s::int)
ON CONFLICT (user_id) DO UPDATE SET
  month_requests = excluded.month_requests, month_tokens = excluded.month_tokens, concurrent = excluded.concurrent
RETURNING month_requests, month_tokens, concurrent, plan_month_requests, plan_month_tokens, plan_concurrent, month_starts;

-- name: keys
SELECT k.id, k.key_prefix, k.name, u.email AS user, k.user_id, k.quota_requests_per_minute, k.quota_requests_per_day, k.libraries,
       k.last_used_at, k.created_at, k.expires_at, k.revoked_at, k.replaced_by, u.disabled_at
FROM api_keys k JOIN users u ON u.id = k.user_id
WHERE %(user_id)s::uuid IS NULL OR k.user_id = %(user_id)s::uuid
ORDER BY k.created_at DESC, k.id;

-- name: key
SELECT k.id, k.key_prefix, k.name, u.email AS user, k.user_id, k.quota_requests_per_minute, k.quota_requests_per_day, k.libraries,
       k.last_used_at, k.created_at, k.expires_at, k.revoked_at, k.replaced_by, u.disabled_at
FROM api_keys k JOIN users u ON u.id = k.user_id
WHERE k.key_prefix = %(named)s::text OR k.id::text = lower(%(named)s::text)
ORDER BY k.created_at;

-- name: key_locked
SELECT id, user_id, key_prefix, name, quota_requests_per_minute, quota_requests_per_day, libraries, created_at, expires_at, revoked_at,
       replaced_by
FROM api_keys WHERE id = %(id)s::uuid FOR UPDATE;

-- name: add_key
INSERT INTO api_keys (user_id, key_hash, key_prefix, name, quota_requests_per_minute, quota_requests_per_day, expires_at, libraries)
SELECT %(user_id)s::uuid, %(hash)s::text, %(prefix)s::text, %(name)s::text, %(quota_requests_per_minute)s::int,
       %(quota_requests_per_day)s::int, %(expires_at)s::timestamptz, %(libraries)s::text[]
RETURNING id, user_id, key_prefix, name, quota_requests_per_minute, quota_requests_per_day, expires_at, libraries, created_at;

-- name: set_key
UPDATE api_keys SET name = %(name)s::text, quota_requests_per_minute = %(quota_requests_per_minute)s::int,
  quota_requests_per_day = %(quota_requests_per_day)s::int, expires_at = %(expires_at)s::timestamptz, libraries = %(libraries)s::text[]
WHERE id = %(id)s::uuid
RETURNING id, user_id, key_prefix, name, quota_requests_per_minute, quota_requests_per_day, expires_at, libraries, created_at,
          last_used_at, revoked_at;

-- name: revoke_key
UPDATE api_keys SET revoked_at = now() WHERE id = %(id)s::uuid AND revoked_at IS NULL
RETURNING id, user_id;

-- name: replace_key
UPDATE api_keys SET replaced_by = %(replaced_by)s::uuid, expires_at = %(expires_at)s::timestamptz WHERE id = %(id)s::uuid;

-- name: audited
SELECT a.id, a.at, a.role, a.os_user, a.action, a.user_id, u.email AS user, a.api_key_id, k.key_prefix, a.library_id, a.before, a.after
FROM audit_log a LEFT JOIN users u ON u.id = a.user_id LEFT JOIN api_keys k ON k.id = a.api_key_id
WHERE (%(since)s::timestamptz IS NULL OR a.at >= %(since)s::timestamptz)
  AND (%(user_id)s::uuid IS NULL OR a.user_id = %(user_id)s::uuid)
  AND (cardinality(%(key_ids)s::uuid[]) = 0 OR a.api_key_id = ANY (%(key_ids)s::uuid[]))
  AND (%(library_id)s::text IS NULL OR lower(a.library_id) = lower(%(library_id)s::text))
ORDER BY a.at DESC, a.id;
