-- pg_restore runs in a session that has not loaded pg_trgm, where an ordinary role may name none of its settings.

CREATE OR REPLACE FUNCTION alike_names(asked TEXT, most INT, readable TEXT[]) RETURNS TABLE (library_id VARCHAR(100), similarity REAL)
LANGUAGE sql STABLE ROWS 20 AS $$
  SELECT n.library_id, max(similarity(n.name, asked)) FROM library_names n WHERE n.name % asked AND may_read(n.library_id, readable)
  GROUP BY n.library_id ORDER BY 2 DESC, 1 LIMIT most
$$;
