-- Messages of the outbox, from waiting to delivered, failed or dropped.

-- name: claim
-- One that nobody is at; a run that dies leaves it leased, and so behind those that nobody tried.
UPDATE outbox o
SET attempts = o.attempts + 1, leased_until = %(until)s::timestamptz, next_attempt_at = %(until)s::timestamptz,
    message_id = coalesce(o.message_id, replace(%(named)s::text, '%%s', o.id::text))
FROM (
  SELECT w.id FROM outbox w JOIN users u ON u.id = w.user_id
  WHERE w.status = 'waiting' AND w.next_attempt_at <= %(now)s::timestamptz AND w.topic = ANY (%(topics)s::text[])
    AND (w.leased_until IS NULL OR w.leased_until <= %(now)s::timestamptz) AND u.removed_at IS NULL
  ORDER BY w.next_attempt_at, w.created_at, w.id LIMIT 1
  FOR UPDATE OF w SKIP LOCKED
) next
WHERE o.id = next.id
RETURNING o.*;

-- name: record
UPDATE outbox
SET status = %(status)s::text, last_error = %(reason)s::text, recipient = %(recipient)s::text, leased_until = NULL,
    next_attempt_at = %(next_attempt_at)s::timestamptz,
    delivered_at = CASE WHEN %(status)s::text = 'delivered' THEN %(now)s::timestamptz END
WHERE id = %(id)s::uuid AND leased_until = %(leased_until)s::timestamptz;

-- name: release
-- As it was before it was claimed.
UPDATE outbox SET attempts = attempts - 1, leased_until = NULL, next_attempt_at = %(now)s::timestamptz
WHERE id = %(id)s::uuid AND leased_until = %(leased_until)s::timestamptz;

-- name: drop_removed
UPDATE outbox o SET status = 'dropped', last_error = 'the user was removed', leased_until = NULL
FROM users u
WHERE u.id = o.user_id AND u.removed_at IS NOT NULL AND o.status = 'waiting'
  AND (o.leased_until IS NULL OR o.leased_until <= %(now)s::timestamptz);

-- name: due
SELECT count(*) AS messages FROM outbox o JOIN users u ON u.id = o.user_id
WHERE o.status = 'waiting' AND o.next_attempt_at <= %(now)s::timestamptz AND o.topic = ANY (%(topics)s::text[])
  AND (o.leased_until IS NULL OR o.leased_until <= %(now)s::timestamptz) AND u.removed_at IS NULL;

-- name: uncarried
SELECT count(*) AS messages FROM outbox o JOIN users u ON u.id = o.user_id
WHERE o.status = 'waiting' AND o.topic <> ALL (%(topics)s::text[]) AND u.removed_at IS NULL;

-- name: messages
SELECT o.id, o.topic, u.email AS "user", o.payload ->> 'number' AS number, o.payload ->> 'type' AS type, o.status,
       o.attempts, o.next_attempt_at,
       o.leased_until, o.recipient, o.message_id, o.last_error, o.created_at, o.delivered_at
FROM outbox o JOIN users u ON u.id = o.user_id
WHERE %(status)s::text IS NULL OR o.status = %(status)s::text
ORDER BY o.created_at DESC, u.email, o.id;

-- name: locked
-- Those that are named; or all that failed, of people who were not removed.
SELECT o.id, o.user_id, o.topic, o.payload ->> 'number' AS number, o.status, o.leased_until, u.removed_at, u.email AS "user"
FROM outbox o JOIN users u ON u.id = o.user_id
WHERE o.id::text = ANY (%(named)s::text[]) OR upper(o.payload ->> 'number') = ANY (%(named)s::text[])
  OR %(named)s::text[] IS NULL AND o.status = 'failed' AND u.removed_at IS NULL
ORDER BY o.id FOR UPDATE OF o;

-- name: retry
UPDATE outbox SET status = 'waiting', attempts = 0, leased_until = NULL, next_attempt_at = %(now)s::timestamptz
WHERE id = ANY (%(ids)s::uuid[]);

-- name: drop
UPDATE outbox SET status = 'dropped', last_error = %(reason)s::text, leased_until = NULL WHERE id = ANY (%(ids)s::uuid[]);
