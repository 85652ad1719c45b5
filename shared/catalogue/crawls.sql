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

-- name: kept_pages
SELECT p.url, p.position, p.depth, p.state, p.reason, p.attempts, p.final_url, p.document_key, p.chunked, p.etag,
       p.last_modified, p.fetched_at, d.page -> 'links' AS links
FROM crawl_pages p JOIN documents d ON d.key = p.document_key
WHERE p.crawl_id = %(crawl_id)s::uuid ORDER BY p.position;

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

-- name: put_document
INSERT INTO documents (key, page) VALUES (%(key)s::bytea, %(page)s::jsonb)
ON CONFLICT (key) DO UPDATE SET page = excluded.page, created_at = now();

-- name: document
SELECT page FROM documents WHERE key = %(key)s::bytea;

-- name: served_pages
SELECT p.url, p.position, p.depth, p.state, p.reason, p.attempts, p.final_url, p.document_key, p.chunked, p.etag,
       p.last_modified, p.fetched_at
FROM crawls c JOIN crawl_pages p ON p.crawl_id = c.id
WHERE c.generation_id = %(generation_id)s::uuid AND c.state IN ('published', 'unchanged') AND p.document_key IS NOT NULL
  AND c.started_at = (SELECT max(started_at) FROM crawls WHERE generation_id = %(generation_id)s::uuid
                      AND state IN ('published', 'unchanged'));

-- name: drop_old_crawls
DELETE FROM crawls WHERE library_version_id = %(library_version_id)s::uuid AND state <> 'running'
  AND id NOT IN (
    SELECT id FROM crawls WHERE library_version_id = %(library_version_id)s::uuid AND state <> 'running'
    ORDER BY started_at DESC LIMIT 3
  )
  AND id NOT IN (
    SELECT c.id FROM crawls c JOIN library_versions v ON v.generation_id = c.generation_id
    WHERE v.id = %(library_version_id)s::uuid AND c.state IN ('published', 'unchanged')
    ORDER BY c.started_at DESC LIMIT 1
  );

-- name: drop_unused_documents
DELETE FROM documents d WHERE d.created_at < now() - interval '1 day'
  AND NOT EXISTS (SELECT FROM crawl_pages p WHERE p.document_key = d.key);
