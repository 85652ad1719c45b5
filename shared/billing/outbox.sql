-- name: put
INSERT INTO outbox (topic, user_id, subject, payload, created_at, next_attempt_at)
SELECT topic, user_id, subject, payload, %(now)s::timestamptz, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (topic text, user_id uuid, subject uuid, payload jsonb);
