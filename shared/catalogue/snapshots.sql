-- The pages of a generation for its archive, and where the archives are.

-- name: maker
SELECT c.id, c.start_url, coalesce(c.options -> 'revisions', '{}') AS revisions,
       (SELECT count(*) FROM crawl_pages p JOIN documents d ON d.key = p.document_key WHERE p.crawl_id = c.id) AS pages
FROM crawls c WHERE c.generation_id = %(generation_id)s::uuid ORDER BY c.started_at DESC LIMIT 1;

-- name: saved_pages
SELECT p.url, p.fetched_at, d.page -> 'document' AS document
FROM crawl_pages p JOIN documents d ON d.key = p.document_key
WHERE p.crawl_id = %(crawl_id)s::uuid AND p.url > %(after)s::text ORDER BY p.url LIMIT %(most)s::int;

-- name: note
-- repeatable: it sets what was set
UPDATE generations SET snapshot_url = %(url)s::text WHERE id = %(id)s::uuid;

-- name: urls
SELECT g.id, g.snapshot_url AS url FROM generations g JOIN library_versions v ON v.id = g.library_version_id
WHERE v.library_id = %(library_id)s::text AND (%(version)s::text IS NULL OR v.version = %(version)s::text)
  AND g.snapshot_url IS NOT NULL;
