-- pg_restore runs in a session that has not loaded pg_trgm, where an ordinary role may name none of its settings.

CREATE OR REPLACE FUNCTION alike_names(asked TEXT, most INT) RETURNS TABLE (library_id VARCHAR(100), similarity REAL)
LANGUAGE sql STABLE STRICT ROWS 20 AS $$
  SELECT n.library_id, max(similarity(n.name, asked)) FROM library_names n WHERE n.name % asked
  GROUP BY n.library_id ORDER BY 2 DESC, 1 LIMIT most
$$;
