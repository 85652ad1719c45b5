-- Suspicious chunks, and what was decided of them.

-- name: suspects
SELECT DISTINCT ON (v.library_id, c.quarantine_key)
  c.quarantine_key AS key, v.library_id, c.content, c.source_url, c.suspicions, c.metadata, c.token_count,
  d.verdict, d.decided_at,
  ARRAY(
    SELECT DISTINCT w.version FROM documentation_chunks same
    JOIN generations h ON h.id = same.generation_id
    JOIN library_versions w ON w.id = h.library_version_id
    WHERE same.quarantine_key = c.quarantine_key AND (h.id = w.generation_id OR h.published_at IS NULL)
    ORDER BY w.version
  ) AS versions
FROM documentation_chunks c
JOIN generations g ON g.id = c.generation_id
JOIN library_versions v ON v.id = g.library_version_id
LEFT JOIN quarantine_decisions d ON d.key = c.quarantine_key
WHERE c.quarantine_key IS NOT NULL AND (g.id = v.generation_id OR g.published_at IS NULL)
  AND (%(library_id)s::text IS NULL OR v.library_id = %(library_id)s::text)
  AND (%(prefix)s::text IS NULL OR encode(c.quarantine_key, 'hex') LIKE %(prefix)s::text || '%%')
  AND (%(decided)s::boolean OR d.verdict IS NULL)
ORDER BY v.library_id, c.quarantine_key, g.published_at DESC NULLS LAST, c.source_url, c.chunk_index;

-- name: open_in
SELECT count(*) AS chunks FROM documentation_chunks c
WHERE c.generation_id = %(id)s::uuid AND c.quarantined
  AND NOT EXISTS (SELECT FROM quarantine_decisions d WHERE d.key = c.quarantine_key);

-- name: decide
INSERT INTO quarantine_decisions (key, library_id, verdict)
SELECT unnest(%(keys)s::bytea[]), %(library_id)s::text, %(verdict)s::text
ON CONFLICT (key) DO UPDATE SET verdict = excluded.verdict, decided_at = now();

-- name: mark
WITH marked AS (
  UPDATE documentation_chunks SET quarantined = (%(verdict)s::text = 'rejected')
  WHERE quarantine_key = ANY (%(keys)s::bytea[]) AND quarantined <> (%(verdict)s::text = 'rejected')
  RETURNING generation_id
)
UPDATE generations SET outdated = TRUE WHERE id IN (SELECT generation_id FROM marked) AND published_at IS NOT NULL;

-- name: released
SELECT key FROM quarantine_decisions WHERE key = ANY (%(keys)s::bytea[]) AND verdict = 'released';

-- name: outdated
SELECT v.id, v.library_id, v.version, v.is_latest,
       g.id AS generation_id, g.backend, g.index_name, g.model, g.fingerprint, g.dimension, g.pages, g.chunks, g.tokens, g.copies,
       g.published_at
FROM generations g JOIN library_versions v ON v.id = g.library_version_id
WHERE v.library_id = %(library_id)s::text AND g.outdated
ORDER BY g.id IS DISTINCT FROM v.generation_id, v.version;

-- name: recount_library
-- repeatable: it counts anew
UPDATE libraries l SET total_snippets = served.chunks, total_tokens = served.tokens
FROM (
  SELECT least(coalesce(sum(g.chunks), 0), 2147483647)::int AS chunks,
         least(coalesce(sum(g.tokens), 0), 2147483647)::int AS tokens
  FROM library_versions v JOIN generations g ON g.id = v.generation_id WHERE v.library_id = %(library_id)s::text
) served
WHERE l.id = %(library_id)s::text;
