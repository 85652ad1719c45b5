-- The crawl that a generation was made or last confirmed by: it says what the generation was made of.
CREATE FUNCTION confirming_crawl(generation UUID) RETURNS SETOF crawls LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT * FROM crawls WHERE generation_id = generation AND state IN ('published', 'unchanged')
  ORDER BY started_at DESC LIMIT 1
$$;
