-- What calls used.

-- name: log_usage
-- repeatable: a row has its id from the caller
INSERT INTO usage_logs (id, user_id, api_key_id, tool_name, library_id, query, tokens_returned, response_time_ms, calls, created_at)
SELECT * FROM unnest(%(ids)s::uuid[], %(user_ids)s::uuid[], %(api_key_ids)s::uuid[], %(tool_names)s::text[], %(library_ids)s::text[],
                     %(queries)s::text[], %(tokens)s::int[], %(milliseconds)s::int[], %(calls)s::int[], %(times)s::timestamptz[])
ON CONFLICT (id) DO NOTHING;

-- name: refresh_popularity
-- repeatable: it is done once a day
WITH due AS (
  INSERT INTO popularity_computed DEFAULT VALUES
  ON CONFLICT (only_row) DO UPDATE SET at = now() WHERE popularity_computed.at <= now() - interval '1 day'
  RETURNING at
)
UPDATE libraries l SET popularity_score = wanted.score
FROM (
  SELECT l.id, least(1000, coalesce((l.metadata ->> 'popularity')::int, 0) + round(10 * ln(1 + count(u.id))))::int AS score
  FROM libraries l LEFT JOIN usage_logs u ON u.library_id = l.id AND u.created_at > now() - interval '90 days'
  GROUP BY l.id
) wanted
WHERE l.id = wanted.id AND l.popularity_score <> wanted.score AND EXISTS (SELECT FROM due);
