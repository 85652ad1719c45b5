-- Chunks that look like instructions to agents: kept and listed, not served until a person has released them.

ALTER TABLE documentation_chunks
  ADD COLUMN quarantined BOOLEAN NOT NULL DEFAULT FALSE, -- neither indexed nor served
  ADD COLUMN suspicions TEXT[] NOT NULL DEFAULT '{}',    -- the scanner's rules that it met
  ADD COLUMN quarantine_key BYTEA CHECK (octet_length(quarantine_key) = 32), -- of a suspicious chunk: see below
  ADD CONSTRAINT chunks_quarantined_check CHECK (NOT quarantined OR quarantine_key IS NOT NULL);

CREATE INDEX idx_chunks_quarantine_key ON documentation_chunks (quarantine_key) WHERE quarantine_key IS NOT NULL;

ALTER TABLE generations
  ADD COLUMN outdated BOOLEAN NOT NULL DEFAULT FALSE; -- its index was built before a decision: to be rebuilt

-- What a person decided, by sha256(library + what a reader sees of the chunk): it outlives every republish.
CREATE TABLE quarantine_decisions (
  key BYTEA PRIMARY KEY CHECK (octet_length(key) = 32),
  library_id VARCHAR(100) NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
  verdict VARCHAR(10) NOT NULL,
  decided_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  CONSTRAINT quarantine_decisions_verdict_check CHECK (verdict IN ('released', 'rejected'))
);

CREATE INDEX idx_quarantine_decisions_library ON quarantine_decisions (library_id);
