-- What answers read, and how libraries are kept.

-- name: library
SELECT id, name, vendor, repo_url, docs_url, default_version, popularity_score, total_snippets, total_tokens,
       last_crawled_at, metadata
FROM libraries WHERE id = (
  SELECT id FROM (
    SELECT id, 1 AS place FROM libraries WHERE id = %(library_id)s::text
    UNION ALL
    SELECT library_id, 2 FROM library_names WHERE key = %(key)s::text AND lower(library_id) = lower(%(library_id)s::text)
  ) AS spelled
  WHERE may_read(id, %(access)s::jsonb)
  ORDER BY place, id LIMIT 1
);

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
  metadata = libraries.metadata || (excluded.metadata - 'popularity')
RETURNING xmax = 0 AS is_new;

-- name: drop_names
DELETE FROM library_names WHERE library_id = %(library_id)s::text;

-- name: put_names
INSERT INTO library_names (library_id, key, name)
SELECT %(library_id)s::text, * FROM unnest(%(keys)s::text[], %(names)s::text[])
ON CONFLICT DO NOTHING;

-- name: known_edition
SELECT value FROM known_edition;

-- name: put_edition
INSERT INTO known_edition (value) VALUES (%(edition)s::text)
ON CONFLICT (only_row) DO UPDATE SET value = excluded.value WHERE known_edition.value <> excluded.value
RETURNING value;

-- name: drop_known
DELETE FROM known_names;

-- name: put_known
INSERT INTO known_names (library_id, key) SELECT DISTINCT * FROM unnest(%(ids)s::text[], %(keys)s::text[]);

-- name: own_documents
SELECT DISTINCT d.key
FROM library_versions v
JOIN crawls c ON c.library_version_id = v.id
JOIN crawl_pages p ON p.crawl_id = c.id
JOIN documents d ON d.key = p.document_key
WHERE v.library_id = %(library_id)s::text AND d.created_at <= c.finished_at;

-- name: drop_documents
DELETE FROM documents d
WHERE d.key = ANY(%(keys)s::bytea[]) AND NOT EXISTS (SELECT FROM crawl_pages p WHERE p.document_key = d.key);

-- name: remove_library
DELETE FROM libraries WHERE id = %(library_id)s::text RETURNING id;

-- name: unlink_generations
UPDATE library_versions SET generation_id = NULL, previous_generation_id = NULL
WHERE library_id = %(library_id)s::text;

-- name: set_default_version
-- repeatable: it sets what was set
UPDATE libraries SET default_version = %(version)s::text,
  metadata = metadata || jsonb_build_object('default_version_pinned', true)
WHERE id = %(library_id)s::text;

-- name: named
SELECT id, name, vendor, repo_url, docs_url, default_version, popularity_score, total_snippets, total_tokens,
       last_crawled_at, metadata
FROM libraries
WHERE id IN (SELECT library_id FROM library_names WHERE key = %(key)s::text) AND may_read(id, %(access)s::jsonb)
ORDER BY popularity_score DESC, id LIMIT 100;

-- name: alike
SELECT l.id, l.name, l.vendor, l.repo_url, l.docs_url, l.default_version, l.popularity_score, l.total_snippets,
       l.total_tokens, l.last_crawled_at, l.metadata
FROM alike_names(%(name)s::text, %(most)s::int, %(access)s::jsonb) n JOIN libraries l ON l.id = n.library_id
ORDER BY n.similarity DESC, l.id;

-- name: versions
SELECT v.id, v.library_id, v.version, v.is_latest,
       g.id AS generation_id, g.backend, g.index_name, g.model, g.fingerprint, g.dimension, g.pages, g.chunks, g.tokens, g.copies,
       g.published_at
FROM library_versions v LEFT JOIN generations g ON g.id = v.generation_id
WHERE v.library_id = %(library_id)s::text
ORDER BY v.is_latest DESC, g.published_at DESC NULLS LAST, v.version;

-- name: served
SELECT v.id, v.library_id, v.version, v.is_latest,
       g.id AS generation_id, g.backend, g.index_name, g.model, g.fingerprint, g.dimension, g.pages, g.chunks, g.tokens, g.copies,
       g.published_at,
       c.finished_at AS confirmed_at, c.start_url AS source
FROM libraries l
JOIN library_versions v ON v.library_id = l.id
JOIN generations g ON g.id = v.generation_id
LEFT JOIN confirming_crawl(g.id) c ON true
WHERE l.id = %(library_id)s::text AND may_read(l.id, %(access)s::jsonb)
  AND (v.version = coalesce(%(version)s::text, l.default_version) OR v.is_latest AND %(version)s::text = 'latest')
ORDER BY v.version = coalesce(%(version)s::text, l.default_version) DESC LIMIT 1;

-- name: candidates
WITH meant AS MATERIALIZED (
  SELECT library_id, key FROM library_names WHERE key = ANY (%(keys)s::text[]) AND may_read(library_id, %(access)s::jsonb)
  UNION
  SELECT library_id, key FROM known_names WHERE key = ANY (%(keys)s::text[])
), exactly AS MATERIALIZED (
  SELECT FROM meant WHERE key = ANY (%(sure)s::text[]) LIMIT 1
), mended AS MATERIALIZED (
  SELECT library_id, key FROM library_names
  WHERE key = ANY (string_to_array(%(mended)s::text, ' ')) AND NOT EXISTS (SELECT FROM exactly)
    AND may_read(library_id, %(access)s::jsonb)
  UNION
  SELECT library_id, key FROM known_names WHERE key = ANY (string_to_array(%(mended)s::text, ' ')) AND NOT EXISTS (SELECT FROM exactly)
), told AS MATERIALIZED (
  SELECT FROM exactly UNION ALL (SELECT FROM mended LIMIT 1)
), keyed AS (
  SELECT library_id, array_agg(key) AS keys
  FROM (SELECT * FROM meant UNION ALL SELECT * FROM mended) AS one
  GROUP BY library_id
  ORDER BY min(array_position(%(keys)s::text[] || string_to_array(%(mended)s::text, ' '), key)),
           (SELECT l.popularity_score FROM libraries l WHERE l.id = library_id AND may_read(l.id, %(access)s::jsonb))
             DESC NULLS LAST, library_id
  LIMIT %(most)s::int
), begun AS (
  SELECT library_id, name FROM library_names
  WHERE key ~>=~ %(beginning)s::text AND key ~<~ %(beyond)s::text AND EXISTS (SELECT FROM exactly)
    AND may_read(library_id, %(access)s::jsonb)
  ORDER BY key USING ~<~ LIMIT %(most)s::int
), alike AS (
  SELECT library_id, max(similarity(name, %(name)s::text)) AS similarity FROM begun GROUP BY 1
  UNION ALL
  SELECT library_id, similarity FROM alike_names(CASE WHEN NOT EXISTS (SELECT FROM told) THEN %(name)s::text END, %(most)s::int,
                                              %(access)s::jsonb)
), worded AS (
  SELECT id AS library_id, ts_rank(search, words, 32) AS text_rank
  FROM libraries, websearch_to_tsquery('english', %(name)s::text) AS words
  WHERE search @@ words AND NOT EXISTS (SELECT FROM told) AND may_read(id, %(access)s::jsonb) ORDER BY 2 DESC, 1 LIMIT %(most)s::int
), found AS (
  SELECT library_id FROM keyed UNION SELECT library_id FROM alike UNION SELECT library_id FROM worded
)
SELECT f.library_id AS id, coalesce(l.name, split_part(f.library_id, '/', 3)) AS name, l.vendor, l.repo_url, l.docs_url,
       l.default_version, coalesce(l.popularity_score, 0) AS popularity_score,
       coalesce(l.total_snippets, 0) AS total_snippets, coalesce(l.total_tokens, 0) AS total_tokens,
       l.last_crawled_at, coalesce(l.metadata, '{}') AS metadata,
       coalesce(k.keys, '{}') AS keys,
       coalesce(a.similarity, 0) AS similarity,
       coalesce(w.text_rank, 0) AS text_rank,
       EXISTS (SELECT FROM known_names n WHERE n.library_id = f.library_id) AS known,
       ARRAY(
         SELECT v.version FROM library_versions v
         WHERE v.library_id = l.id AND v.generation_id IS NOT NULL
       ) AS versions,
       coalesce((
         SELECT jsonb_object_agg(v.version, c.start_url)
         FROM library_versions v CROSS JOIN confirming_crawl(v.generation_id) c
         WHERE v.library_id = l.id
       ), '{}') AS sources
FROM found f
LEFT JOIN libraries l ON l.id = f.library_id AND may_read(l.id, %(access)s::jsonb)
LEFT JOIN keyed k USING (library_id)
LEFT JOIN alike a USING (library_id)
LEFT JOIN worded w USING (library_id);

-- name: hits
SELECT id, content, content_type, source_url, token_count, chunk_index, metadata,
       ARRAY(
         SELECT other.source_url FROM documentation_chunks other
         WHERE other.same_as = c.same_as AND other.source_url <> c.source_url AND NOT other.quarantined
         ORDER BY other.chunk_index LIMIT %(most_copies)s::int
       ) AS also
FROM documentation_chunks c WHERE id = ANY (%(ids)s::uuid[]) AND NOT quarantined;

-- name: same
SELECT id, same_as FROM documentation_chunks WHERE id = ANY (%(ids)s::uuid[]) AND same_as IS NOT NULL;

-- name: revision
SELECT value FROM catalogue_revision;
