-- One row a call; completions are one row a minute for each key and process, refusals one a second for each reason.
-- Partitioned by month of UTC, so that old months are dropped as files.

CREATE TABLE usage_logs (
  id UUID NOT NULL DEFAULT gen_random_uuid(), -- the caller's, so that a row that is written again is the same row
  user_id UUID REFERENCES users (id) ON DELETE SET NULL,
  api_key_id UUID REFERENCES api_keys (id) ON DELETE SET NULL,
  tool_name VARCHAR(50) NOT NULL,
  library_id VARCHAR(100), -- as it was asked for: no foreign key, the log outlives the library
  query TEXT,              -- only where the operator wants questions kept
  outcome VARCHAR(20) NOT NULL DEFAULT 'answered',
  refused_by VARCHAR(20),
  cached BOOLEAN NOT NULL DEFAULT FALSE,
  tokens_returned INT NOT NULL DEFAULT 0 CHECK (tokens_returned >= 0),
  response_time_ms INT NOT NULL DEFAULT 0 CHECK (response_time_ms >= 0),
  repeats INT NOT NULL DEFAULT 1 CHECK (repeats > 0),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(), -- the caller's clock
  recorded_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (id, created_at),
  CONSTRAINT usage_logs_tool_name_check CHECK (
    tool_name IN ('resolve-library-id', 'query-docs', 'resources/read', 'prompts/get', 'completion/complete')
  ),
  CONSTRAINT usage_logs_outcome_check CHECK (outcome IN ('answered', 'missed', 'refused', 'failed')),
  CONSTRAINT usage_logs_refused_by_check CHECK (
    refused_by IN ('key', 'user', 'concurrent', 'minute', 'day', 'month_requests', 'month_tokens', 'library', 'unavailable')
  ),
  CHECK ((refused_by IS NOT NULL) = (outcome = 'refused' OR refused_by = 'library'))
) PARTITION BY RANGE (created_at);

-- Whether a call counts against limits, and is billed.
CREATE FUNCTION is_counted(tool_name TEXT, outcome TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT tool_name IN ('resolve-library-id', 'query-docs', 'resources/read') AND outcome IN ('answered', 'missed')
$$;

CREATE INDEX idx_usage_logs_user_created ON usage_logs (user_id, created_at DESC);
CREATE INDEX idx_usage_logs_api_key_created ON usage_logs (api_key_id, created_at DESC);
CREATE INDEX idx_usage_logs_created ON usage_logs (created_at DESC);

CREATE TABLE usage_logs_other PARTITION OF usage_logs DEFAULT;

-- Calls a library and day of UTC, counted as rows are written: popularity reads these alone.
CREATE TABLE usage_daily (
  day DATE NOT NULL,
  library_id VARCHAR(100) NOT NULL,
  calls BIGINT NOT NULL CHECK (calls > 0),
  PRIMARY KEY (day, library_id)
);

-- When libraries were last given their popularity by usage.
CREATE TABLE popularity_computed (
  only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
  at TIMESTAMPTZ NOT NULL DEFAULT now()
);
