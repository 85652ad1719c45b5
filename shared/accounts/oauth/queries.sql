-- Clients, grants and tokens, by the functions that the service over HTTP may run; grants as an operator sees them.

-- name: registered
SELECT * FROM registered_client(%(client)s::text);

-- name: register
SELECT register_client(%(client)s::text, %(name)s::text, %(redirect_uris)s::text[], %(now)s::timestamptz);

-- name: grant
SELECT grant_client(
  %(session)s::text, %(client)s::text, %(name)s::text, %(redirect_uris)s::text[], %(resource)s::text, %(machine)s::text,
  %(code)s::text, %(challenge)s::text, %(redirect_uri)s::text, %(now)s::timestamptz, %(until)s::timestamptz, %(most)s::int
) AS outcome;

-- name: live
SELECT hash FROM live_credentials(%(hashes)s::text[], %(now)s::timestamptz);

-- name: spend
SELECT * FROM spend_token(%(hash)s::text, %(kind)s::text, %(now)s::timestamptz);

-- name: issue_tokens
SELECT issue_tokens(
  %(grant_id)s::uuid, %(hash)s::text, %(prefix)s::text, %(access)s::text, %(access_until)s::timestamptz,
  %(refresh)s::text, %(refresh_until)s::timestamptz, %(now)s::timestamptz
) AS issued;

-- name: issue_key
SELECT issue_machine_key(%(grant_id)s::uuid, %(hash)s::text, %(prefix)s::text, %(until)s::timestamptz, %(now)s::timestamptz) AS issued;

-- name: authenticate
SELECT k.*, access_of(k.user_id) AS rules FROM authenticate_token(%(hash)s::text, %(resource)s::text, %(now)s::timestamptz) k;

-- name: give_back
-- repeatable: what was given back stays so
SELECT give_back_token(%(hash)s::text, %(client)s::text, %(now)s::timestamptz);
