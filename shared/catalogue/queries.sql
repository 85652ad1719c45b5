-- What answers read, and how libraries are kept.

-- name: library
SELECT id, name, vendor, repo_url, docs_url, default_version, popularity_score, total_snippets, total_tokens,
       last_crawled_at, metadata
FROM libraries WHERE id = %(library_id)s::text;

-- name: libraries
SELECT id, name, vendor, repo_url, docs_url, default_version, popularity_score, total_snippets, total_tokens,
       last_crawled_at, metadata
FROM libraries ORDER BY id;

-- name: put_library
INSERT INTO libraries (id, name, vendor, repo_url, docs_url, popularity_score, metadata)
VALUES (%(id)s::text, %(name)s::text, %(vendor)s::text, %(repo_url)s::text, %(docs_url)s::text, %(popularity)s::int,
        %(metadata)s::jsonb)
ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, vendor = excluded.vendor, repo_url = excluded.repo_url, docs_url = excluded.docs_url,
  metadata = libraries.metadata || (excluded.metadata - 'popularity');

-- name: drop_names
DELETE FROM library_names WHERE library_id = %(library_id)s::text;

-- name: put_name
INSERT INTO library_names (library_id, key, name) VALUES (%(library_id)s::text, %(key)s::text, %(name)s::text)
ON CONFLICT DO NOTHING;

-- name: remove_library
DELETE FROM libraries WHERE id = %(library_id)s::text RETURNING id;

-- name: unlink_generations
UPDATE library_versions SET generation_id = NULL, previous_generation_id = NULL
WHERE library_id = %(library_id)s::text;

-- name: set_default_version
UPDATE libraries SET default_version = %(version)s::text,
  metadata = metadata || jsonb_build_object('default_version_pinned', true)
WHERE id = %(library_id)s::text;

-- name: near
SELECT n.library_id AS id FROM library_names n JOIN libraries l ON l.id = n.library_id
WHERE similarity(n.name, lower(%(name)s::text)) > 0.2
GROUP BY n.library_id, l.default_version
ORDER BY l.default_version IS NULL, max(similarity(n.name, lower(%(name)s::text))) DESC, n.library_id
LIMIT %(most)s::int;

-- name: versions
SELECT v.id, v.library_id, v.version, v.is_latest, v.release_date,
       g.id AS generation_id, g.backend, g.index_name, g.model, g.fingerprint, g.pages, g.chunks, g.tokens, g.published_at
FROM library_versions v LEFT JOIN generations g ON g.id = v.generation_id
WHERE v.library_id = %(library_id)s::text
ORDER BY v.is_latest DESC, g.published_at DESC NULLS LAST, v.version;

-- name: served
SELECT v.id, v.library_id, v.version, v.is_latest, v.release_date,
       g.id AS generation_id, g.backend, g.index_name, g.model, g.fingerprint, g.pages, g.chunks, g.tokens, g.published_at
FROM libraries l
JOIN library_versions v ON v.library_id = l.id
JOIN generations g ON g.id = v.generation_id
WHERE l.id = %(library_id)s::text
  AND (v.version = coalesce(%(version)s::text, l.default_version) OR v.is_latest AND %(version)s::text = 'latest')
ORDER BY v.version = coalesce(%(version)s::text, l.default_version) DESC LIMIT 1;

-- name: candidates
WITH exact AS (
  SELECT library_id FROM library_names WHERE key = %(key)s::text AND key <> '' GROUP BY library_id
), alike AS (
  SELECT library_id, max(similarity(name, %(name)s::text)) AS similarity
  FROM library_names WHERE name %% %(name)s::text
  GROUP BY library_id ORDER BY 2 DESC, 1 LIMIT %(most)s::int
), worded AS (
  SELECT id AS library_id, ts_rank(search, words, 32) AS text_rank
  FROM libraries, websearch_to_tsquery('english', %(name)s::text) AS words
  WHERE search @@ words ORDER BY 2 DESC, 1 LIMIT %(most)s::int
), found AS (
  SELECT library_id FROM exact UNION SELECT library_id FROM alike UNION SELECT library_id FROM worded
)
SELECT l.id, l.name, l.vendor, l.repo_url, l.docs_url, l.default_version, l.popularity_score, l.total_snippets,
       l.total_tokens, l.last_crawled_at, l.metadata,
       e.library_id IS NOT NULL AS exact,
       coalesce(a.similarity, 0) AS similarity,
       coalesce(w.text_rank, 0) AS text_rank,
       ARRAY(
         SELECT v.version FROM library_versions v
         WHERE v.library_id = l.id AND v.generation_id IS NOT NULL ORDER BY v.is_latest DESC, v.version DESC
       ) AS versions
FROM found f
JOIN libraries l ON l.id = f.library_id
LEFT JOIN exact e ON e.library_id = l.id
LEFT JOIN alike a ON a.library_id = l.id
LEFT JOIN worded w ON w.library_id = l.id
ORDER BY exact DESC, similarity + text_rank DESC, l.popularity_score DESC, l.id
LIMIT %(most)s::int;

-- name: hits
SELECT id, content, content_type, source_url, token_count, chunk_index, metadata
FROM documentation_chunks WHERE id = ANY (%(ids)s::uuid[]) AND NOT quarantined;

-- name: revision
SELECT value FROM catalogue_revision;

-- name: log_usage
INSERT INTO usage_logs (user_id, api_key_id, tool_name, library_id, query, tokens_returned, response_time_ms, created_at)
SELECT * FROM unnest(%(user_ids)s::uuid[], %(api_key_ids)s::uuid[], %(tool_names)s::text[], %(library_ids)s::text[],
                     %(queries)s::text[], %(tokens)s::int[], %(milliseconds)s::int[], %(times)s::timestamptz[]);

-- name: refresh_popularity
UPDATE libraries l SET popularity_score = wanted.score
FROM (
  SELECT l.id, least(1000, coalesce((l.metadata ->> 'popularity')::int, 0) + round(10 * ln(1 + count(u.id))))::int AS score
  FROM libraries l LEFT JOIN usage_logs u ON u.library_id = l.id AND u.created_at > now() - interval '90 days'
  GROUP BY l.id
) wanted
WHERE l.id = wanted.id AND l.popularity_score <> wanted.score;
