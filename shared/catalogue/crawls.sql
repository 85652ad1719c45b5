-- What a crawl did, page by page.

-- name: newest
SELECT id, generation_id, kind, state, start_url, options, report, started_at, finished_at FROM crawls
WHERE library_version_id = %(library_version_id)s::uuid AND state = ANY (%(states)s::text[])
  AND (report ->> 'reason') IS DISTINCT FROM 'superseded'
ORDER BY started_at DESC LIMIT 1;

-- name: confirming
SELECT id, generation_id, kind, state, start_url, options, report, started_at, finished_at
FROM confirming_crawl(%(generation_id)s::uuid);

-- name: begin
INSERT INTO crawls (id, library_version_id, generation_id, kind, start_url, options, started_at, finished_at)
SELECT %(id)s::uuid, %(library_version_id)s::uuid, %(generation_id)s::uuid, %(kind)s::text, %(start_url)s::text,
       %(options)s::jsonb, coalesce(m.started_at + interval '1 microsecond', now()), m.finished_at
FROM (VALUES (%(as_of)s::uuid)) AS wanted (id) LEFT JOIN crawls m ON m.id = wanted.id;

-- name: take_over
INSERT INTO crawl_pages (crawl_id, url, position, depth, state, reason, attempts, final_url, document_key, content_hash,
                         etag, last_modified, fetched_at)
SELECT %(crawl_id)s::uuid, url, position, depth, CASE state WHEN 'skipped' THEN state ELSE 'unchanged' END,
       CASE state WHEN 'skipped' THEN reason ELSE %(reason)s::text END, attempts, final_url, document_key, content_hash,
       etag, last_modified, fetched_at
FROM crawl_pages
WHERE crawl_id = %(from_crawl)s::uuid
  AND (state IN ('fetched', 'unchanged') AND document_key IS NOT NULL OR state = 'skipped');

-- name: go_on
-- repeatable: what is gone stays gone, and nothing is written before it ends
WITH running AS (
  UPDATE crawls SET report = NULL WHERE id = %(crawl_id)s::uuid AND state = 'running' RETURNING id
)
DELETE FROM crawl_pages p USING running r
WHERE p.crawl_id = r.id AND (p.state = ANY (%(again)s::text[]) OR p.state = 'carried' AND NOT p.chunked);

-- name: leave
-- repeatable: it sets what was set
UPDATE crawls SET report = %(report)s::jsonb WHERE id = %(crawl_id)s::uuid AND state = 'running';

-- name: abandon
UPDATE crawls SET state = 'failed', finished_at = now(), report = coalesce(report, '{}') || '{"reason": "superseded"}'
WHERE library_version_id = %(library_version_id)s::uuid AND state = 'running';

-- name: finish
UPDATE crawls SET state = %(state)s::text, finished_at = coalesce(finished_at, now()), report = %(report)s::jsonb,
  generation_id = %(generation_id)s::uuid
WHERE id = %(crawl_id)s::uuid;

-- name: kept_pages
SELECT url, position, depth, state, reason, attempts, final_url, document_key, content_hash, chunked, etag,
       last_modified, fetched_at, absences
FROM crawl_pages WHERE crawl_id = %(crawl_id)s::uuid AND document_key IS NOT NULL ORDER BY position;

-- name: all_pages
SELECT url, position, depth, state, reason, attempts, final_url, document_key, content_hash, chunked, etag,
       last_modified, fetched_at, absences
FROM crawl_pages WHERE crawl_id = %(crawl_id)s::uuid ORDER BY position;

-- name: links
SELECT p.url, p.position, d.page -> 'links' AS links
FROM crawl_pages p JOIN documents d ON d.key = p.document_key
WHERE p.crawl_id = %(crawl_id)s::uuid AND p.position > %(after)s::int ORDER BY p.position LIMIT %(most)s::int;

-- name: moves
SELECT url, final_url FROM crawl_pages
WHERE crawl_id = %(crawl_id)s::uuid AND state = 'skipped' AND final_url IS NOT NULL;

-- name: put_page
INSERT INTO crawl_pages (crawl_id, url, position, depth, state, reason, attempts, final_url, document_key, content_hash,
                         chunked, etag, last_modified, fetched_at, absences)
VALUES (%(crawl_id)s::uuid, %(url)s::text, %(position)s::int, %(depth)s::int, %(state)s::text, %(reason)s::text,
        %(attempts)s::int, %(final_url)s::text, %(document_key)s::bytea, %(content_hash)s::bytea, %(chunked)s::boolean,
        %(etag)s::text, %(last_modified)s::text, %(fetched_at)s::timestamptz, %(absences)s::int)
ON CONFLICT (crawl_id, url) DO UPDATE SET state = excluded.state, reason = excluded.reason,
  attempts = excluded.attempts, final_url = excluded.final_url, document_key = excluded.document_key,
  content_hash = excluded.content_hash, chunked = excluded.chunked, etag = excluded.etag,
  last_modified = excluded.last_modified, fetched_at = excluded.fetched_at, absences = excluded.absences;

-- name: put_document
-- repeatable: a key has one page
INSERT INTO documents (key, page) VALUES (%(key)s::bytea, %(page)s::jsonb)
ON CONFLICT (key) DO UPDATE SET page = excluded.page, created_at = now();

-- name: document
SELECT page FROM documents WHERE key = %(key)s::bytea;

-- name: drop_old_crawls
-- repeatable: what is gone stays gone
DELETE FROM crawls WHERE library_version_id = %(library_version_id)s::uuid AND state <> 'running'
  AND id NOT IN (
    SELECT id FROM crawls WHERE library_version_id = %(library_version_id)s::uuid AND state <> 'running'
    ORDER BY started_at DESC LIMIT 3
  )
  AND id NOT IN (
    SELECT c.id FROM generations g CROSS JOIN confirming_crawl(g.id) c
    WHERE g.library_version_id = %(library_version_id)s::uuid
  );

-- name: refreshable
SELECT v.library_id, v.version, c.start_url, c.options, c.finished_at
FROM library_versions v CROSS JOIN confirming_crawl(v.generation_id) c
WHERE (%(library_id)s::text IS NULL OR v.library_id = %(library_id)s::text)
  AND (%(version)s::text IS NULL OR v.version = %(version)s::text)
  AND (%(before)s::timestamptz IS NULL OR c.finished_at < %(before)s::timestamptz)
ORDER BY c.finished_at;

-- name: drop_unused_documents
-- repeatable: what is gone stays gone
DELETE FROM documents d WHERE d.created_at < now() - interval '1 day'
  AND NOT EXISTS (SELECT FROM crawl_pages p WHERE p.document_key = d.key);
