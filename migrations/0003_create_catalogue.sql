-- Libraries, their versions, the generations built of each, the chunks of a generation, and vectors by text.

CREATE TABLE libraries (
  id VARCHAR(100) PRIMARY KEY CHECK (id ~ '^/[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$'),
  name VARCHAR(255) NOT NULL,
  vendor VARCHAR(100),
  repo_url TEXT,
  docs_url TEXT,
  default_version VARCHAR(50),
  popularity_score INT NOT NULL DEFAULT 0 CHECK (popularity_score >= 0), -- the catalogue's, raised by usage
  total_snippets INT NOT NULL DEFAULT 0 CHECK (total_snippets >= 0),
  total_tokens INT NOT NULL DEFAULT 0 CHECK (total_tokens >= 0),
  last_crawled_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'), -- description, aliases, tags, categories, popularity
  search TSVECTOR NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('english', name), 'A')
    || setweight(to_tsvector('english', coalesce(metadata ->> 'description', '')), 'C')
    || setweight(jsonb_to_tsvector('english', coalesce(metadata -> 'tags', '[]'), '["string"]'), 'B')
  ) STORED
);

CREATE INDEX idx_libraries_name ON libraries USING gin (to_tsvector('english', name));
CREATE INDEX idx_libraries_search ON libraries USING gin (search);

CREATE TRIGGER libraries_touch BEFORE UPDATE ON libraries FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- Every name a library answers to: its id, the project part of it, its name, its aliases.
CREATE TABLE library_names (
  library_id VARCHAR(100) NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
  key TEXT NOT NULL,  -- letters and digits only: what makes two spellings one name
  name TEXT NOT NULL, -- lower case, for trigrams
  PRIMARY KEY (library_id, key, name)
);

CREATE INDEX idx_library_names_key ON library_names (key);
CREATE INDEX idx_library_names_trigrams ON library_names USING gin (name gin_trgm_ops);

CREATE TABLE library_versions (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  library_id VARCHAR(100) NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
  version VARCHAR(50) NOT NULL CHECK (version ~ '^[A-Za-z0-9._-]+$'),
  release_date DATE,
  is_latest BOOLEAN NOT NULL DEFAULT FALSE,
  docs_snapshot_url VARCHAR(500),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (library_id, version)
);

CREATE UNIQUE INDEX idx_library_versions_latest ON library_versions (library_id) WHERE is_latest;

-- A complete build of one version. It is served when its version points at it.
CREATE TABLE generations (
  id UUID PRIMARY KEY,
  library_version_id UUID NOT NULL REFERENCES library_versions (id) ON DELETE CASCADE,
  model VARCHAR(255) NOT NULL,
  fingerprint VARCHAR(64) NOT NULL,  -- of the model's files and window
  dimension INT NOT NULL CHECK (dimension > 0), -- the model's own
  backend VARCHAR(10) NOT NULL CHECK (backend IN ('edge', 'server')),
  index_name VARCHAR(255) NOT NULL,  -- in the vector store
  next_index_name VARCHAR(255),      -- being rebuilt, not yet served
  digest BYTEA,                      -- of all that went into it: equal digests, equal generations
  pages INT NOT NULL DEFAULT 0 CHECK (pages >= 0),
  chunks INT NOT NULL DEFAULT 0 CHECK (chunks >= 0),
  tokens INT NOT NULL DEFAULT 0 CHECK (tokens >= 0),
  copies INT NOT NULL DEFAULT 0 CHECK (copies >= 0), -- chunks that say the same as another one
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  published_at TIMESTAMPTZ,
  UNIQUE (id, library_version_id)
);

CREATE INDEX idx_generations_library_version ON generations (library_version_id);

ALTER TABLE library_versions
  ADD COLUMN generation_id UUID,
  ADD COLUMN previous_generation_id UUID,
  ADD FOREIGN KEY (generation_id, id) REFERENCES generations (id, library_version_id),
  ADD FOREIGN KEY (previous_generation_id, id) REFERENCES generations (id, library_version_id);

CREATE TABLE documentation_chunks (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  library_version_id UUID NOT NULL REFERENCES library_versions (id) ON DELETE CASCADE,
  generation_id UUID NOT NULL,
  chunk_index INT NOT NULL CHECK (chunk_index >= 0),
  content TEXT NOT NULL,
  content_type VARCHAR(50) NOT NULL CHECK (content_type IN ('snippet', 'guide', 'api_ref')),
  source_url TEXT NOT NULL,
  token_count INT NOT NULL CHECK (token_count >= 0),
  embedding_id VARCHAR(255), -- the point's id in the vector store
  embedding_key BYTEA NOT NULL, -- of its vector in `embeddings`
  embedded_text TEXT NOT NULL,
  metadata JSONB NOT NULL DEFAULT '{}', -- section, code_language, symbol, fetched_at
  same_as UUID, -- the first chunk of the generation that says the same; none where it stands alone
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  FOREIGN KEY (generation_id, library_version_id) REFERENCES generations (id, library_version_id) ON DELETE CASCADE,
  UNIQUE (library_version_id, generation_id, chunk_index)
);

CREATE INDEX idx_chunks_library_version ON documentation_chunks (library_version_id);
CREATE INDEX idx_chunks_generation ON documentation_chunks (generation_id, chunk_index);
CREATE INDEX idx_chunks_same_as ON documentation_chunks (same_as) WHERE same_as IS NOT NULL;
CREATE INDEX idx_chunks_embedding_key ON documentation_chunks (embedding_key);

-- Vectors by sha256(model fingerprint + embedded text): nothing is embedded twice.
CREATE TABLE embeddings (
  key BYTEA PRIMARY KEY CHECK (octet_length(key) = 32),
  vector BYTEA NOT NULL, -- float32, little-endian, as many as the model has dimensions
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Whose the indexes in a vector store are: one home or one Qdrant may serve several databases.
CREATE TABLE installation (
  only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
  id UUID NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO installation DEFAULT VALUES;

-- One number that grows with every change of what `resolve-library-id` could say. It is a time in microseconds,
-- so that no other database that shares a cache ever had it.
CREATE TABLE catalogue_revision (
  only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
  value BIGINT NOT NULL
);
INSERT INTO catalogue_revision (value) VALUES ((extract(epoch FROM clock_timestamp()) * 1e6)::bigint);

CREATE FUNCTION raise_catalogue_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE catalogue_revision
  SET value = greatest(value + 1, (extract(epoch FROM clock_timestamp()) * 1e6)::bigint);
  RETURN NULL;
END
$$;

CREATE TRIGGER libraries_revision AFTER INSERT OR UPDATE OR DELETE ON libraries
  FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();
CREATE TRIGGER library_versions_revision AFTER INSERT OR UPDATE OR DELETE ON library_versions
  FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();
