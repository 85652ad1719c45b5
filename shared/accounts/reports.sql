-- What was used, by group; the row that is the total comes first, and has no group.

-- name: usage_report
-- A time is that of the calls that were let pass; of a sum of calls it is their mean, which stands for each.
WITH calls AS (
  SELECT CASE %(by)s
           WHEN 'day' THEN to_char(u.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
           WHEN 'hour' THEN to_char(u.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:00"Z"')
           WHEN 'library' THEN u.library_id
           WHEN 'tool' THEN u.tool_name
           WHEN 'key' THEN u.api_key_id::text
           ELSE x.email
         END AS called,
         CASE WHEN %(by)s = 'key' THEN k.key_prefix END AS key_prefix,
         u.outcome, u.cached, u.tokens_returned, u.repeats, u.response_time_ms / u.repeats AS ms,
         CASE WHEN u.outcome = 'refused' THEN 0 ELSE u.repeats END AS timed
  FROM usage_logs u LEFT JOIN users x ON x.id = u.user_id LEFT JOIN api_keys k ON k.id = u.api_key_id
  WHERE u.created_at >= %(since)s AND u.created_at < %(until)s
    AND (%(user_id)s::uuid IS NULL OR u.user_id = %(user_id)s)
    AND (%(key_id)s::uuid IS NULL OR u.api_key_id = %(key_id)s)
    AND (%(library_id)s::text IS NULL OR u.library_id = %(library_id)s)
    AND (%(tool)s::text IS NULL OR u.tool_name = %(tool)s)
), grouped AS (
  SELECT t.is_total, CASE WHEN NOT t.is_total THEN c.called END AS grp, c.*
  FROM calls c CROSS JOIN (VALUES (FALSE), (TRUE)) AS t (is_total)
), ranked AS (
  SELECT g.*, sum(timed) OVER (PARTITION BY is_total, grp ORDER BY ms) AS upto,
         sum(timed) OVER (PARTITION BY is_total, grp) AS of_all
  FROM grouped g
)
SELECT is_total, grp AS "group", CASE WHEN NOT is_total THEN min(key_prefix) END AS key_prefix,
       sum(repeats)::bigint AS calls,
       coalesce(sum(repeats) FILTER (WHERE outcome = 'answered'), 0)::bigint AS answered,
       coalesce(sum(repeats) FILTER (WHERE outcome = 'missed'), 0)::bigint AS missed,
       coalesce(sum(repeats) FILTER (WHERE outcome = 'refused'), 0)::bigint AS refused,
       coalesce(sum(repeats) FILTER (WHERE outcome = 'failed'), 0)::bigint AS failed,
       coalesce(sum(repeats) FILTER (WHERE cached), 0)::bigint AS cached,
       sum(tokens_returned)::bigint AS tokens,
       min(ms) FILTER (WHERE timed > 0 AND upto * 100 >= of_all * 50) AS p50_ms,
       min(ms) FILTER (WHERE timed > 0 AND upto * 100 >= of_all * 95) AS p95_ms
FROM ranked
GROUP BY is_total, grp
ORDER BY is_total DESC, CASE WHEN %(by)s IN ('day', 'hour') THEN NULL ELSE sum(repeats) END DESC NULLS LAST, grp;

-- name: prune_usage
SELECT prune_usage(%(before)s) AS rows;
