-- What calls used.

-- name: record_usage
-- repeatable: a row has its id from the caller
SELECT record_usage(%(records)s::jsonb) AS new;

-- name: refresh_popularity
-- repeatable: it is done once a day
WITH due AS (
  INSERT INTO popularity_computed DEFAULT VALUES
  ON CONFLICT (only_row) DO UPDATE SET at = now() WHERE popularity_computed.at <= now() - interval '1 day'
  RETURNING at
)
UPDATE libraries l SET popularity_score = wanted.score
FROM (
  SELECT l.id, least(1000, coalesce((l.metadata ->> 'popularity')::int, 0) + round(10 * ln(1 + coalesce(sum(u.calls), 0))))::int AS score
  FROM libraries l LEFT JOIN usage_daily u ON u.library_id = l.id AND u.day > (now() AT TIME ZONE 'UTC')::date - 90
  GROUP BY l.id
) wanted
WHERE l.id = wanted.id AND l.popularity_score <> wanted.score AND EXISTS (SELECT FROM due);
