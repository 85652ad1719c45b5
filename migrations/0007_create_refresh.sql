-- What a refresh must remember: what each page said, which were missing once, what is held back and why.

ALTER TABLE generations
  ADD COLUMN held TEXT,                 -- why the shrink guard does not let it be served; complete, and never published
  ADD COLUMN snapshot_url VARCHAR(500), -- its pages as one archive
  ADD CONSTRAINT generations_held_check CHECK (held IS NULL OR published_at IS NULL);

ALTER TABLE crawls
  ADD COLUMN kind VARCHAR(20) NOT NULL DEFAULT 'crawl',
  ADD CONSTRAINT crawls_kind_check CHECK (kind IN ('crawl', 'refresh', 'retry')),
  DROP CONSTRAINT crawls_state_check,
  ADD CONSTRAINT crawls_state_check CHECK (state IN ('running', 'published', 'unchanged', 'held', 'failed'));

ALTER TABLE crawl_pages
  ADD COLUMN content_hash BYTEA CHECK (octet_length(content_hash) = 32), -- of the document: other bytes may say the same
  ADD COLUMN absences INT NOT NULL DEFAULT 0 CHECK (absences >= 0),      -- refreshes in a row that found it gone
  DROP CONSTRAINT crawl_pages_state_check,
  ADD CONSTRAINT crawl_pages_state_check CHECK (state IN ('fetched', 'unchanged', 'carried', 'skipped', 'failed'));
