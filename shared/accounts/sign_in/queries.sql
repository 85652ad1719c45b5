-- How people sign in. Each is a function that runs with its owner's rights: migrations/0017_sign_in.sql.

-- name: begin_session
SELECT begin_session(%(hash)s::text, %(user_id)s::uuid, %(by)s::text, %(now)s::timestamptz, %(until)s::timestamptz) AS begun;

-- name: session_of
SELECT * FROM session_of(%(hash)s::text, %(now)s::timestamptz);

-- name: end_session
SELECT end_session(%(hash)s::text);

-- name: password_of
SELECT * FROM password_of(%(email)s::text, %(key)s::text);

-- name: facts
SELECT * FROM sign_in_facts(
  %(provider)s::text, %(subject)s::text, %(email)s::text, %(key)s::text, %(invitation)s::text, %(now)s::timestamptz);

-- name: connect
SELECT connect_identity(%(user_id)s::uuid, %(provider)s::text, %(issuer)s::text, %(subject)s::text, %(by)s::text) AS connected;

-- name: add
SELECT add_by_sign_in(%(email)s::text, %(key)s::text, %(provider)s::text, %(issuer)s::text, %(subject)s::text) AS user_id;

-- name: bind
SELECT bind_provider(%(provider)s::text, %(issuer)s::text) AS bound;

-- name: invitation_of
SELECT * FROM invitation_of(%(hash)s::text, %(now)s::timestamptz);

-- name: accept
SELECT accept_invitation(
  %(hash)s::text, %(now)s::timestamptz, %(password)s::text, %(provider)s::text, %(issuer)s::text, %(subject)s::text) AS user_id;

-- name: locale
SELECT locale_of(%(user_id)s::uuid) AS locale;

-- name: set_groups
SELECT set_claimed_groups(%(user_id)s::uuid, %(groups)s::text[]);
