-- What a crawl did, page by page: it goes on from here after a kill, and its report is read from here.

CREATE TABLE crawls (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  library_version_id UUID NOT NULL REFERENCES library_versions (id) ON DELETE CASCADE,
  generation_id UUID REFERENCES generations (id) ON DELETE SET NULL,
  start_url TEXT NOT NULL,
  options JSONB NOT NULL, -- what decides which pages belong to it; other options make another crawl
  state VARCHAR(20) NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'published', 'unchanged', 'failed')),
  report JSONB,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  finished_at TIMESTAMPTZ
);

CREATE INDEX idx_crawls_library_version ON crawls (library_version_id, started_at DESC);
CREATE INDEX idx_crawls_generation ON crawls (generation_id);

-- A page as it was extracted, by sha256(extraction revision + URL + body): nothing is extracted twice.
CREATE TABLE documents (
  key BYTEA PRIMARY KEY CHECK (octet_length(key) = 32),
  page JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE crawl_pages (
  crawl_id UUID NOT NULL REFERENCES crawls (id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  position INT NOT NULL, -- in the order in which outcomes came
  depth INT NOT NULL CHECK (depth >= 0),
  state VARCHAR(20) NOT NULL CHECK (state IN ('fetched', 'unchanged', 'skipped', 'failed')),
  reason TEXT,
  attempts INT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  final_url TEXT,
  document_key BYTEA REFERENCES documents (key),
  etag TEXT,
  last_modified TEXT,
  chunked BOOLEAN NOT NULL DEFAULT FALSE, -- its chunks stand in the crawl's generation
  fetched_at TIMESTAMPTZ,
  PRIMARY KEY (crawl_id, url)
);

CREATE INDEX idx_crawl_pages_document ON crawl_pages (document_key);
