-- Who may write to a library.

-- name: lock_library
SELECT id FROM libraries WHERE id = %(library_id)s::text FOR NO KEY UPDATE;

-- name: try_lock
SELECT pg_try_advisory_lock(hashtext('lectern crawl'), hashtext(%(library_id)s::text)) AS held;

-- name: unlock
SELECT pg_advisory_unlock(hashtext('lectern crawl'), hashtext(%(library_id)s::text));

-- name: lock_holder
SELECT coalesce(nullif(a.application_name, ''), 'another process') AS holder, coalesce(a.backend_start, now()) AS since
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = hashtext('lectern crawl')::bigint::bit(32)::bigint::oid
  AND l.objid = hashtext(%(library_id)s::text)::bigint::bit(32)::bigint::oid
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
LIMIT 1;
