-- What a crawl did, page by page.

-- name: unfinished
SELECT id, generation_id, start_url, options FROM crawls
WHERE library_version_id = %(library_version_id)s::uuid AND state = 'running'
ORDER BY started_at DESC LIMIT 1;

-- name: begin
INSERT INTO crawls (library_version_id, generation_id, start_url, options)
VALUES (%(library_version_id)s::uuid, %(generation_id)s::uuid, %(start_url)s::text, %(options)s::jsonb) RETURNING id;

-- name: abandon
UPDATE crawls SET state = 'failed', finished_at = now(), report = coalesce(report, '{"reason": "superseded"}')
WHERE library_version_id = %(library_version_id)s::uuid AND state = 'running';

-- name: finish
UPDATE crawls SET state = %(state)s::text, finished_at = now(), report = %(report)s::jsonb,
  generation_id = %(generation_id)s::uuid
WHERE id = %(crawl_id)s::uuid;

-- name: pages
SELECT url, position, depth, state, reason, attempts, final_url, document_key, chunked, etag, last_modified, fetched_at
FROM crawl_pages WHERE crawl_id = %(crawl_id)s::uuid ORDER BY position;

-- name: put_page
INSERT INTO crawl_pages (crawl_id, url, position, depth, state, reason, attempts, final_url, document_key, chunked,
                         etag, last_modified, fetched_at)
VALUES (%(crawl_id)s::uuid, %(url)s::text, %(position)s::int, %(depth)s::int, %(state)s::text, %(reason)s::text,
        %(attempts)s::int, %(final_url)s::text, %(document_key)s::bytea, %(chunked)s::boolean, %(etag)s::text,
        %(last_modified)s::text, %(fetched_at)s::timestamptz)
ON CONFLICT (crawl_id, url) DO UPDATE SET state = excluded.state, reason = excluded.reason,
  attempts = excluded.attempts, final_url = excluded.final_url, document_key = excluded.document_key,
  chunked = excluded.chunked, etag = excluded.etag, last_modified = excluded.last_modified,
  fetched_at = excluded.fetched_at;

-- name: mark_chunked
UPDATE crawl_pages SET chunked = TRUE WHERE crawl_id = %(crawl_id)s::uuid AND url = %(url)s::text;

-- name: put_document
INSERT INTO documents (key, page) VALUES (%(key)s::bytea, %(page)s::jsonb) ON CONFLICT DO NOTHING;

-- name: document
SELECT page FROM documents WHERE key = %(key)s::bytea;

-- name: has_document
SELECT EXISTS (SELECT FROM documents WHERE key = %(key)s::bytea) AS there;

-- name: served_keys
SELECT p.url, p.document_key FROM crawls c JOIN crawl_pages p ON p.crawl_id = c.id
WHERE c.generation_id = %(generation_id)s::uuid AND c.state IN ('published', 'unchanged') AND p.document_key IS NOT NULL
  AND c.started_at = (SELECT max(started_at) FROM crawls WHERE generation_id = %(generation_id)s::uuid
                      AND state IN ('published', 'unchanged'));

-- name: drop_old_crawls
DELETE FROM crawls WHERE library_version_id = %(library_version_id)s::uuid AND state <> 'running'
  AND id NOT IN (
    SELECT id FROM crawls WHERE library_version_id = %(library_version_id)s::uuid AND state <> 'running'
    ORDER BY started_at DESC LIMIT 3
  )
  AND generation_id IS DISTINCT FROM (SELECT generation_id FROM library_versions WHERE id = %(library_version_id)s::uuid);

-- name: drop_unused_documents
DELETE FROM documents d WHERE d.created_at < now() - interval '1 day'
  AND NOT EXISTS (SELECT FROM crawl_pages p WHERE p.document_key = d.key);

-- name: try_lock
SELECT pg_try_advisory_lock(hashtext('lectern crawl'), hashtext(%(library_id)s::text)) AS held;

-- name: unlock
SELECT pg_advisory_unlock(hashtext('lectern crawl'), hashtext(%(library_id)s::text));

-- name: lock_holder
SELECT a.application_name AS holder, a.backend_start AS since
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = hashtext('lectern crawl')::bigint::bit(32)::bigint::oid
  AND l.objid = hashtext(%(library_id)s::text)::bigint::bit(32)::bigint::oid
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
LIMIT 1;
