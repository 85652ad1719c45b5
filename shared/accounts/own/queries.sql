-- Each function finds whose account it is by the session.

-- name: plan
SELECT * FROM own_plan(%(session)s::text, %(at)s::timestamptz);

-- name: limits
SELECT * FROM own_limits(%(session)s::text, %(at)s::timestamptz);

-- name: keys
SELECT * FROM own_keys(%(session)s::text, %(at)s::timestamptz);

-- name: clients
SELECT * FROM own_clients(%(session)s::text, %(at)s::timestamptz);

-- name: usage
SELECT * FROM own_usage(%(session)s::text, %(at)s::timestamptz, %(since)s::timestamptz);

-- name: invoices
SELECT * FROM own_invoices(%(session)s::text, %(at)s::timestamptz);

-- name: document
SELECT * FROM own_document(%(session)s::text, %(at)s::timestamptz, %(id)s::uuid, %(form)s::text);

-- name: invoice
SELECT * FROM own_invoice(%(session)s::text, %(at)s::timestamptz, %(id)s::uuid);

-- name: alerts
SELECT * FROM own_alerts(%(session)s::text, %(at)s::timestamptz);

-- name: sessions
SELECT * FROM own_sessions(%(session)s::text, %(at)s::timestamptz);

-- name: add_key
-- repeatable: the id is the caller's
SELECT add_own_key(%(session)s::text, %(at)s::timestamptz, %(id)s::uuid, %(hash)s::text, %(prefix)s::text, %(name)s::text,
                   %(expires_at)s::timestamptz, %(most)s::int) AS done;

-- name: revoke_key
-- repeatable: what is revoked stays so
SELECT revoke_own_key(%(session)s::text, %(at)s::timestamptz, %(id)s::uuid) AS done;

-- name: end_client
-- repeatable: what ended stays so
SELECT end_own_client(%(session)s::text, %(at)s::timestamptz, %(id)s::uuid) AS done;

-- name: read_alerts
-- repeatable: what was read stays so
SELECT read_own_alerts(%(session)s::text, %(at)s::timestamptz, %(shown_at)s::timestamptz) AS done;

-- name: end_other_sessions
-- repeatable: what ended stays so
SELECT end_other_sessions(%(session)s::text, %(at)s::timestamptz) AS done;
