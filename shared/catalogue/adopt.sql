-- Chunks of pages that say what they said, taken over from the served generation.

-- name: adoptable
SELECT id, chunk_index, source_url, content, embedded_text FROM documentation_chunks
WHERE generation_id = %(id)s::uuid AND chunk_index > %(after)s::int ORDER BY chunk_index LIMIT %(most)s::int;

-- name: adopt
INSERT INTO documentation_chunks (id, library_version_id, generation_id, chunk_index, content, content_type, source_url,
  token_count, embedding_id, embedding_key, embedded_text, metadata, suspicions, quarantine_key, quarantined)
SELECT fresh.id, c.library_version_id, %(generation_id)s::uuid, fresh.chunk_index, c.content, c.content_type, c.source_url,
  c.token_count, fresh.id::text, fresh.key, c.embedded_text,
  c.metadata || jsonb_build_object('fetched_at', fresh.fetched_at), c.suspicions, c.quarantine_key, c.quarantined
FROM unnest(%(ids)s::uuid[], %(olds)s::uuid[], %(indexes)s::int[], %(keys)s::bytea[], %(times)s::text[])
  AS fresh (id, old, chunk_index, key, fetched_at)
JOIN documentation_chunks c ON c.id = fresh.old;
