-- What is served, as one reads it: libraries, versions and pages by the beginning of their names, and a page itself.

-- name: most_used
SELECT id, name, vendor, repo_url, docs_url, default_version, popularity_score, total_snippets, total_tokens,
       last_crawled_at, metadata
FROM libraries l
WHERE EXISTS (SELECT FROM library_versions v WHERE v.library_id = l.id AND v.generation_id IS NOT NULL)
  AND may_read(l.id, %(access)s::jsonb)
ORDER BY popularity_score DESC, total_snippets DESC, id LIMIT %(most)s::int;

-- name: ids
SELECT id FROM libraries l
WHERE EXISTS (SELECT FROM library_versions v WHERE v.library_id = l.id AND v.generation_id IS NOT NULL)
  AND may_read(l.id, %(access)s::jsonb)
  AND (strpos(lower(id), %(typed)s::text) > 0 OR starts_with(lower(name), %(typed)s::text))
ORDER BY starts_with(lower(id), %(typed)s::text) DESC, popularity_score DESC, id LIMIT %(most)s::int;

-- name: organisations
SELECT split_part(id, '/', 2) AS org FROM libraries l
WHERE EXISTS (SELECT FROM library_versions v WHERE v.library_id = l.id AND v.generation_id IS NOT NULL)
  AND may_read(l.id, %(access)s::jsonb)
  AND starts_with(lower(id), '/' || lower(%(typed)s::text))
GROUP BY 1 ORDER BY max(popularity_score) DESC, 1 LIMIT %(most)s::int;

-- name: versions
SELECT version FROM library_versions
WHERE lower(library_id) = lower(%(library_id)s::text) AND generation_id IS NOT NULL AND may_read(library_id, %(access)s::jsonb)
  AND starts_with(lower(version), lower(%(typed)s::text));

-- name: pages
SELECT split_part(source_url, '#', 1) AS url, min(chunk_index) AS place,
       (array_agg(metadata ->> 'page_title' ORDER BY chunk_index))[1] AS title
FROM (
  SELECT source_url, chunk_index, metadata FROM documentation_chunks
  WHERE generation_id = %(id)s::uuid AND NOT quarantined ORDER BY chunk_index LIMIT %(chunks)s::int
) AS beginning
GROUP BY 1 ORDER BY place LIMIT %(most)s::int;

-- name: urls
SELECT DISTINCT split_part(source_url, '#', 1) AS url FROM documentation_chunks
WHERE generation_id = %(id)s::uuid AND NOT quarantined AND strpos(lower(split_part(source_url, '#', 1)), lower(%(typed)s::text)) > 0
ORDER BY url LIMIT %(most)s::int;

-- name: stands_for
SELECT p.final_url AS url FROM confirming_crawl(%(id)s::uuid) c JOIN crawl_pages p ON p.crawl_id = c.id
WHERE p.url = %(url)s::text AND p.state = 'skipped' AND p.final_url IS NOT NULL;

-- name: page
WITH page AS (
  SELECT content, chunk_index, metadata,
         (sum(length(content)) OVER (ORDER BY chunk_index) - length(content)) / %(characters)s::int + 1 AS part
  FROM documentation_chunks
  WHERE generation_id = %(id)s::uuid AND split_part(source_url, '#', 1) = %(url)s::text AND NOT quarantined
)
SELECT content, metadata, (SELECT max(part) FROM page) AS parts
FROM page WHERE part = %(part)s::int ORDER BY chunk_index;
