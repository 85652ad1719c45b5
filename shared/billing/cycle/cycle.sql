-- name: lock
SELECT id FROM users WHERE id = ANY (%(users)s::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: finish
INSERT INTO billing_runs (at, by_clock, counts) VALUES (%(now)s::timestamptz, %(by_clock)s::boolean, %(counts)s::jsonb);
