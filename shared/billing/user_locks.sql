-- name: lock
SELECT FROM users WHERE id = ANY (%(users)s::uuid[]) ORDER BY id FOR NO KEY UPDATE;
