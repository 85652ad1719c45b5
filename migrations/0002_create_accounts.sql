-- Users, the API keys they call with, what each may use, and who changed what.

CREATE TABLE users (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  email VARCHAR(255) NOT NULL UNIQUE,
  email_key VARCHAR(1020) UNIQUE, -- equal for addresses that a person takes for one
  hashed_password VARCHAR(255),
  oauth_provider VARCHAR(50),
  oauth_id VARCHAR(255),
  disabled_at TIMESTAMPTZ,
  removed_at TIMESTAMPTZ, -- the row stays, for books name it
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  CHECK ((oauth_provider IS NULL) = (oauth_id IS NULL)),
  UNIQUE (oauth_provider, oauth_id)
);

CREATE UNIQUE INDEX idx_users_email_folded ON users (lower(email));

CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE api_keys (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  key_hash VARCHAR(255) NOT NULL UNIQUE, -- SHA-256 in hex
  key_prefix VARCHAR(10) NOT NULL, -- for partial display; not unique
  name VARCHAR(100),
  quota_requests_per_minute INT NOT NULL DEFAULT 60,
  quota_requests_per_day INT NOT NULL DEFAULT 10000,
  libraries TEXT[], -- ids and /org/*; null is all
  last_used_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  expires_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ,
  replaced_by UUID REFERENCES api_keys (id) ON DELETE SET NULL, -- the key that a rotation made
  CONSTRAINT api_keys_per_minute_check CHECK (quota_requests_per_minute BETWEEN 1 AND 100000),
  CONSTRAINT api_keys_per_day_check CHECK (quota_requests_per_day > 0),
  CHECK (cardinality(libraries) > 0)
);

CREATE INDEX idx_api_keys_key_hash ON api_keys (key_hash);
CREATE INDEX idx_api_keys_user_id ON api_keys (user_id);
CREATE INDEX idx_api_keys_key_prefix ON api_keys (key_prefix);

-- What all keys of a user may use together; null is no limit. What an operator set stands above the plan's.
CREATE TABLE user_limits (
  user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  month_requests BIGINT CHECK (month_requests > 0),
  month_tokens BIGINT CHECK (month_tokens > 0),
  concurrent INT CHECK (concurrent > 0),
  plan_month_requests BIGINT CHECK (plan_month_requests > 0),
  plan_month_tokens BIGINT CHECK (plan_month_tokens > 0),
  plan_concurrent INT CHECK (plan_concurrent > 0),
  month_starts TIMESTAMPTZ[] NOT NULL DEFAULT '{}', -- the next of them, ascending; none are the calendar's in UTC
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TRIGGER user_limits_touch BEFORE UPDATE ON user_limits FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- Every change by an operator, written in the change's own transaction. Ids only.
CREATE TABLE audit_log (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  role VARCHAR(63) NOT NULL DEFAULT session_user,
  os_user VARCHAR(255) NOT NULL,
  action VARCHAR(50) NOT NULL,
  user_id UUID,
  api_key_id UUID,
  library_id VARCHAR(100),
  before JSONB,
  after JSONB
);

CREATE INDEX idx_audit_log_at ON audit_log (at DESC);
CREATE INDEX idx_audit_log_user ON audit_log (user_id, at DESC);
CREATE INDEX idx_audit_log_library ON audit_log (library_id, at DESC);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER audit_log_appended BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whether a library is one of those that may be read: ids, and /org/* for all of an organisation's. Null is all.
CREATE FUNCTION may_read(library_id TEXT, readable TEXT[]) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT readable IS NULL OR library_id = ANY (readable) OR '/' || split_part(library_id, '/', 2) || '/*' = ANY (readable)
$$;
