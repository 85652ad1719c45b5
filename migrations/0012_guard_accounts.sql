-- What a server may do with accounts, and no more: functions that run with their owner's rights.
-- Their names are looked up in this schema alone; a temporary table of the caller's comes last.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Partitions for this and the next two months. A month of which rows lie in the other partition stays there.
CREATE FUNCTION make_usage_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  start TIMESTAMP;
  name TEXT;
BEGIN
  FOR ahead IN 0..2 LOOP
    start := date_trunc('month', now() AT TIME ZONE 'UTC') + ahead * interval '1 month';
    name := 'usage_logs_' || to_char(start, 'YYYY_MM');
    CONTINUE WHEN to_regclass(quote_ident(current_schema()) || '.' || name) IS NOT NULL;
    CONTINUE WHEN EXISTS (
      SELECT FROM usage_logs_other
      WHERE created_at >= start AT TIME ZONE 'UTC' AND created_at < (start + interval '1 month') AT TIME ZONE 'UTC'
    );
    PERFORM pg_advisory_xact_lock(516415781);
    CONTINUE WHEN to_regclass(quote_ident(current_schema()) || '.' || name) IS NOT NULL;
    BEGIN
      EXECUTE format(
        'CREATE TABLE %I PARTITION OF usage_logs FOR VALUES FROM (%L) TO (%L)',
        name, start AT TIME ZONE 'UTC', (start + interval '1 month') AT TIME ZONE 'UTC'
      );
    EXCEPTION WHEN check_violation THEN
      NULL;
    END;
  END LOOP;
END
$$;

SELECT make_usage_partitions();

-- The key of this hash, with all that decides whether and what it may ask; no row if there is none.
CREATE FUNCTION authenticate_key(hash TEXT) RETURNS TABLE (
  api_key_id UUID, user_id UUID, is_revoked BOOLEAN, expires_at TIMESTAMPTZ, is_disabled BOOLEAN, libraries TEXT[],
  minute INT, day INT, month_requests BIGINT, month_tokens BIGINT, concurrent INT, month_starts TIMESTAMPTZ[]
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT k.id, k.user_id, k.revoked_at IS NOT NULL, k.expires_at, u.disabled_at IS NOT NULL, k.libraries,
         k.quota_requests_per_minute, k.quota_requests_per_day,
         coalesce(l.month_requests, l.plan_month_requests), coalesce(l.month_tokens, l.plan_month_tokens),
         coalesce(l.concurrent, l.plan_concurrent), coalesce(l.month_starts, '{}')
  FROM api_keys k JOIN users u ON u.id = k.user_id LEFT JOIN user_limits l ON l.user_id = k.user_id
  WHERE k.key_hash = hash;
END
$$;

-- Write usage rows, all or none, and say how many are new. Whose they are follows from the key.
CREATE FUNCTION record_usage(given JSONB) RETURNS INT LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  written INT;
BEGIN
  PERFORM make_usage_partitions();
  WITH rows AS (
    SELECT r.*, k.user_id, u.removed_at
    FROM jsonb_to_recordset(given) AS r (
      id UUID, api_key_id UUID, tool_name TEXT, library_id TEXT, query TEXT, outcome TEXT, refused_by TEXT,
      cached BOOLEAN, tokens_returned INT, response_time_ms INT, repeats INT, created_at TIMESTAMPTZ
    )
    LEFT JOIN api_keys k ON k.id = r.api_key_id
    LEFT JOIN users u ON u.id = k.user_id
  ), new AS (
    INSERT INTO usage_logs (id, user_id, api_key_id, tool_name, library_id, query, outcome, refused_by, cached,
                            tokens_returned, response_time_ms, repeats, created_at)
    SELECT id, user_id, api_key_id, tool_name, library_id, CASE WHEN removed_at IS NULL THEN query END, outcome, refused_by,
           cached, tokens_returned, response_time_ms, repeats, created_at
    FROM rows
    ON CONFLICT (id, created_at) DO NOTHING
    RETURNING usage_logs.api_key_id, usage_logs.library_id, usage_logs.refused_by, usage_logs.repeats, usage_logs.created_at
  ), counted AS (
    INSERT INTO usage_daily AS d (day, library_id, calls)
    SELECT (new.created_at AT TIME ZONE 'UTC')::date, new.library_id, sum(new.repeats)
    FROM new WHERE new.library_id IS NOT NULL AND new.refused_by IS NULL
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT ON CONSTRAINT usage_daily_pkey DO UPDATE SET calls = d.calls + excluded.calls
  ), used AS (
    SELECT k.id, max(new.created_at) AS at
    FROM new JOIN api_keys k ON k.id = new.api_key_id
    GROUP BY k.id HAVING max(new.created_at) > coalesce(max(k.last_used_at), '-infinity') + interval '1 minute'
  ), free AS (
    SELECT k.id FROM api_keys k WHERE k.id IN (SELECT used.id FROM used) ORDER BY k.id FOR NO KEY UPDATE SKIP LOCKED
  ), touched AS (
    UPDATE api_keys k SET last_used_at = used.at FROM used JOIN free USING (id) WHERE k.id = used.id
  )
  SELECT count(*) INTO written FROM new;
  RETURN written;
END
$$;

-- What counts against limits since an instant: counts only.
CREATE FUNCTION usage_since(key_id UUID, start TIMESTAMPTZ)
RETURNS TABLE (key_requests BIGINT, user_requests BIGINT, user_tokens BIGINT)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT coalesce(sum(u.repeats) FILTER (WHERE u.api_key_id = key_id), 0)::bigint,
         coalesce(sum(u.repeats), 0)::bigint, coalesce(sum(u.tokens_returned), 0)::bigint
  FROM usage_logs u
  WHERE u.user_id = (SELECT k.user_id FROM api_keys k WHERE k.id = key_id) AND u.created_at >= start
    AND is_counted(u.tool_name, u.outcome);
END
$$;

-- Drop the months of UTC that ended by then, and say how many rows they had.
CREATE FUNCTION prune_usage(before TIMESTAMPTZ) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  month TIMESTAMP := date_trunc('month', before AT TIME ZONE 'UTC');
  partition TEXT;
  rows_there BIGINT;
  dropped BIGINT := 0;
BEGIN
  PERFORM make_usage_partitions();
  FOR partition IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'usage_logs'::regclass AND c.relname ~ '^usage_logs_[0-9]{4}_[0-9]{2}$'
      AND c.relname < 'usage_logs_' || to_char(month, 'YYYY_MM')
    ORDER BY 1
  LOOP
    EXECUTE format('SELECT count(*) FROM %I', partition) INTO rows_there;
    EXECUTE format('DROP TABLE %I', partition);
    dropped := dropped + rows_there;
  END LOOP;
  DELETE FROM usage_logs_other WHERE created_at < month AT TIME ZONE 'UTC';
  GET DIAGNOSTICS rows_there = ROW_COUNT;
  RETURN dropped + rows_there;
END
$$;

REVOKE ALL ON FUNCTION make_usage_partitions(), authenticate_key(TEXT), record_usage(JSONB), usage_since(UUID, TIMESTAMPTZ),
  prune_usage(TIMESTAMPTZ)
FROM PUBLIC;
