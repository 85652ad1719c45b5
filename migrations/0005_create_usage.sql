-- One row a call; completions, of which there are many, are one row a minute for each key and process.

CREATE TABLE usage_logs (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(), -- the caller's, so that a row that is written again is the same row
  user_id UUID REFERENCES users (id) ON DELETE SET NULL,
  api_key_id UUID REFERENCES api_keys (id) ON DELETE SET NULL,
  tool_name VARCHAR(50) NOT NULL,
  library_id VARCHAR(100), -- as it was asked for: no foreign key, the log outlives the library
  query TEXT,              -- only where the operator wants questions kept
  tokens_returned INT CHECK (tokens_returned >= 0),
  response_time_ms INT CHECK (response_time_ms >= 0),
  calls INT NOT NULL DEFAULT 1 CHECK (calls > 0),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  CONSTRAINT usage_logs_tool_name_check CHECK (
    tool_name IN ('resolve-library-id', 'query-docs', 'resources/read', 'prompts/get', 'completion/complete')
  )
);

CREATE INDEX idx_usage_logs_user_created ON usage_logs (user_id, created_at DESC);
CREATE INDEX idx_usage_logs_api_key_created ON usage_logs (api_key_id, created_at DESC);
CREATE INDEX idx_usage_logs_library_created ON usage_logs (library_id, created_at DESC);

-- When libraries were last given their popularity by usage.
CREATE TABLE popularity_computed (
  only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
  at TIMESTAMPTZ NOT NULL DEFAULT now()
);
