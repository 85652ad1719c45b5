-- How a generation is built, published, rebuilt and dropped.

-- name: version
SELECT id FROM library_versions WHERE library_id = %(library_id)s::text AND version = %(version)s::text;

-- name: ensure_version
-- repeatable: the row is the same
INSERT INTO library_versions (library_id, version) VALUES (%(library_id)s::text, %(version)s::text)
ON CONFLICT (library_id, version) DO UPDATE SET version = excluded.version
RETURNING id;

-- name: served
SELECT generation_id FROM library_versions WHERE id = %(id)s::uuid;

-- name: drop_unpublished
DELETE FROM generations WHERE library_version_id = %(library_version_id)s::uuid AND published_at IS NULL;

-- name: begin
INSERT INTO generations (id, library_version_id, model, fingerprint, dimension, backend, index_name)
VALUES (%(id)s::uuid, %(library_version_id)s::uuid, %(model)s::text, %(fingerprint)s::text, %(dimension)s::int,
        %(backend)s::text, %(index_name)s::text);

-- name: building
SELECT g.id, g.library_version_id, v.library_id, v.version, g.backend, g.index_name, g.model, g.fingerprint, g.dimension
FROM generations g JOIN library_versions v ON v.id = g.library_version_id
WHERE g.id = %(id)s::uuid AND g.published_at IS NULL;

-- name: name_index
-- repeatable: it sets what was set
UPDATE generations SET index_name = %(index_name)s::text, backend = %(backend)s::text WHERE id = %(id)s::uuid;

-- name: made
SELECT digest, fingerprint, backend, pages, chunks, tokens FROM generations WHERE id = %(id)s::uuid;

-- name: next_chunk_index
SELECT coalesce(max(chunk_index) + 1, 0) AS next FROM documentation_chunks WHERE generation_id = %(id)s::uuid;

-- name: copy_chunks
COPY documentation_chunks (id, library_version_id, generation_id, chunk_index, content, content_type, source_url,
  token_count, embedding_id, embedding_key, embedded_text, metadata, suspicions, quarantine_key, quarantined) FROM STDIN;

-- name: missing_embeddings
SELECT DISTINCT ON (c.embedding_key) c.embedding_key AS key, c.embedded_text AS text,
       split_part(c.source_url, '#', 1) AS page
FROM documentation_chunks c
WHERE c.generation_id = %(id)s::uuid AND c.chunk_index BETWEEN %(first)s::int AND %(last)s::int AND NOT c.quarantined
  AND NOT EXISTS (SELECT FROM embeddings e WHERE e.key = c.embedding_key);

-- name: drop_page
-- repeatable: what is gone stays gone
DELETE FROM documentation_chunks
WHERE generation_id = %(id)s::uuid AND split_part(source_url, '#', 1) = %(url)s::text;

-- name: put_embeddings
-- repeatable: a key has one vector
INSERT INTO embeddings (key, vector)
SELECT * FROM unnest(%(keys)s::bytea[], %(vectors)s::bytea[]) ON CONFLICT DO NOTHING;

-- name: texts
SELECT id, chunk_index, embedded_text, metadata FROM documentation_chunks
WHERE generation_id = %(id)s::uuid AND chunk_index > %(after)s::int AND NOT quarantined
ORDER BY chunk_index LIMIT %(most)s::int;

-- name: points
SELECT c.id, c.chunk_index, c.content, c.content_type, c.source_url, c.embedded_text, c.metadata, e.vector
FROM documentation_chunks c LEFT JOIN embeddings e ON e.key = c.embedding_key
WHERE c.generation_id = %(id)s::uuid AND c.chunk_index > %(after)s::int AND NOT c.quarantined
ORDER BY c.chunk_index LIMIT %(most)s::int;

-- name: passages
SELECT id, chunk_index, content, metadata FROM documentation_chunks
WHERE generation_id = %(id)s::uuid AND chunk_index > %(after)s::int
ORDER BY chunk_index LIMIT %(most)s::int;

-- name: forget_copies
-- repeatable: what is gone stays gone
UPDATE documentation_chunks SET same_as = NULL WHERE generation_id = %(id)s::uuid AND same_as IS NOT NULL;

-- name: put_copies
-- repeatable: it sets what was set
UPDATE documentation_chunks c SET same_as = found.first
FROM unnest(%(ids)s::uuid[], %(firsts)s::uuid[]) AS found (id, first)
WHERE c.id = found.id;

-- name: count_copies
-- repeatable: it sets what was set
UPDATE generations SET copies = %(copies)s::int WHERE id = %(id)s::uuid;

-- name: rekey
-- repeatable: it sets what was set
UPDATE documentation_chunks c SET embedding_key = fresh.key
FROM unnest(%(ids)s::uuid[], %(keys)s::bytea[]) AS fresh (id, key)
WHERE c.id = fresh.id AND c.embedding_key <> fresh.key;

-- name: totals
SELECT count(*) AS chunks, coalesce(sum(token_count), 0) AS tokens
FROM documentation_chunks WHERE generation_id = %(id)s::uuid AND NOT quarantined;

-- name: rows
SELECT count(*) AS rows FROM documentation_chunks WHERE generation_id = %(id)s::uuid;

-- name: complete
UPDATE generations SET pages = %(pages)s::int, chunks = %(chunks)s::int, tokens = %(tokens)s::int,
  digest = %(digest)s::bytea, held = %(held)s::text,
  published_at = CASE WHEN %(held)s::text IS NULL THEN now() END
WHERE id = %(id)s::uuid;

-- name: say_released
UPDATE library_versions v SET release_date = %(released)s::date
FROM generations g WHERE g.id = %(id)s::uuid AND v.id = g.library_version_id;

-- name: point_at
UPDATE library_versions v SET previous_generation_id = v.generation_id, generation_id = g.id,
  docs_snapshot_url = g.snapshot_url
FROM generations g WHERE g.id = %(id)s::uuid AND v.id = g.library_version_id;

-- name: chunk_changes
WITH before AS (
  SELECT source_url, content FROM documentation_chunks WHERE generation_id = %(served)s::uuid
), after AS (
  SELECT source_url, content FROM documentation_chunks WHERE generation_id = %(id)s::uuid
)
SELECT (SELECT count(*) FROM (TABLE after EXCEPT ALL TABLE before) a) AS added,
       (SELECT count(*) FROM (TABLE before EXCEPT ALL TABLE after) r) AS removed;

-- name: previous
SELECT v.id AS library_version_id, v.library_id, v.version, g.id, g.backend, g.index_name, g.model, g.fingerprint,
       g.dimension, g.pages, g.chunks, g.tokens, g.copies, g.published_at
FROM library_versions v JOIN generations g ON g.id = v.previous_generation_id
WHERE v.library_id = %(library_id)s::text AND v.version = %(version)s::text;

-- name: retired
SELECT g.id, g.index_name, g.model, g.dimension, g.backend, v.library_id, v.version
FROM generations g JOIN library_versions v ON v.id = g.library_version_id
WHERE v.id = %(library_version_id)s::uuid
  AND g.id IS DISTINCT FROM v.generation_id AND g.id IS DISTINCT FROM v.previous_generation_id;

-- name: drop_generation
DELETE FROM generations WHERE id = %(id)s::uuid;

-- name: say_latest
UPDATE libraries SET metadata = metadata || jsonb_build_object('latest_version', %(version)s::text)
WHERE id = %(library_id)s::text;

-- name: served_versions
SELECT v.id, v.version, l.metadata ->> 'latest_version' AS said
FROM libraries l JOIN library_versions v ON v.library_id = l.id
WHERE l.id = %(library_id)s::text AND v.generation_id IS NOT NULL;

-- name: set_latest
UPDATE library_versions SET is_latest = (version = %(version)s::text)
WHERE library_id = %(library_id)s::text AND is_latest <> (version = %(version)s::text);

-- name: clear_latest
UPDATE library_versions SET is_latest = FALSE
WHERE library_id = %(library_id)s::text AND is_latest AND version <> %(version)s::text;

-- name: count_library
UPDATE libraries l SET
  default_version = CASE WHEN l.metadata ? 'default_version_pinned' AND l.default_version IS NOT NULL
                         THEN l.default_version ELSE %(version)s::text END,
  total_snippets = served.chunks, total_tokens = served.tokens
FROM (
  SELECT least(sum(g.chunks), 2147483647)::int AS chunks, least(sum(g.tokens), 2147483647)::int AS tokens
  FROM library_versions v JOIN generations g ON g.id = v.generation_id WHERE v.library_id = %(library_id)s::text
) served
WHERE l.id = %(library_id)s::text;

-- name: touch_library
UPDATE libraries SET last_crawled_at = now() WHERE id = %(library_id)s::text;

-- name: library_indexes
SELECT g.id, g.index_name, g.model, g.dimension, g.backend, v.library_id, v.version
FROM generations g JOIN library_versions v ON v.id = g.library_version_id WHERE v.library_id = %(library_id)s::text;

-- name: set_next_index
-- repeatable: it sets what was set
UPDATE generations SET next_index_name = %(index_name)s::text WHERE id = %(id)s::uuid;

-- name: switch_index
-- repeatable: it sets what was set
UPDATE generations g SET index_name = %(index_name)s::text, next_index_name = NULL, backend = %(backend)s::text,
  model = %(model)s::text, fingerprint = %(fingerprint)s::text, dimension = %(dimension)s::int, outdated = FALSE,
  chunks = indexed.chunks, tokens = indexed.tokens
FROM (
  SELECT count(*) AS chunks, coalesce(sum(token_count), 0) AS tokens
  FROM documentation_chunks WHERE generation_id = %(id)s::uuid AND NOT quarantined
) indexed
WHERE g.id = %(id)s::uuid;

-- name: owner
SELECT id FROM installation;

-- name: known_indexes
SELECT id, index_name, next_index_name FROM generations;

-- name: drop_unused_embeddings
-- repeatable: what is gone stays gone
DELETE FROM embeddings e
WHERE e.created_at < now() - interval '30 days'
  AND NOT EXISTS (SELECT FROM documentation_chunks c WHERE c.embedding_key = e.key);
