-- Names: of libraries that are known without being here, and likeness that is cheap among many.

SELECT show_limit(); -- loads pg_trgm, whose setting is named below

-- What the libraries of the shipped catalogue answer to, whether or not they have been crawled.
CREATE TABLE known_names (
  key TEXT NOT NULL, -- letters and digits only, as in library_names
  library_id VARCHAR(100) NOT NULL,
  PRIMARY KEY (key, library_id)
);

CREATE INDEX idx_known_names_library ON known_names (library_id);

-- Which edition of that catalogue these are.
CREATE TABLE known_edition (
  only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
  value VARCHAR(64) NOT NULL
);

CREATE TRIGGER known_names_revision AFTER INSERT OR UPDATE OR DELETE ON known_names
  FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();

-- Ids and addresses are found by their keys alone: their owner's and host's letters make everything alike.
DELETE FROM library_names WHERE name = lower(library_id) AND EXISTS (
  SELECT FROM library_names other WHERE other.library_id = library_names.library_id AND other.key = library_names.key
    AND other.name = '');
UPDATE library_names SET name = '' WHERE name = lower(library_id);

CREATE INDEX idx_library_names_beginning ON library_names (key text_pattern_ops);
DROP INDEX idx_library_names_key; -- the new one serves equality too

-- Libraries with a name like this one, the most alike first.
CREATE FUNCTION alike_names(asked TEXT, most INT, readable TEXT[]) RETURNS TABLE (library_id VARCHAR(100), similarity REAL)
LANGUAGE sql STABLE ROWS 20 SET pg_trgm.similarity_threshold = 0.3 AS $$
  SELECT n.library_id, max(similarity(n.name, asked)) FROM library_names n WHERE n.name % asked AND may_read(n.library_id, readable)
  GROUP BY n.library_id ORDER BY 2 DESC, 1 LIMIT most
$$;
