-- Invoices and what corrects and follows them: credit notes, alerts, the outbox.

CREATE TABLE invoices (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT, -- books outlive an account
  subscription_id UUID NOT NULL REFERENCES subscriptions (id) ON DELETE RESTRICT,
  kind VARCHAR(10) NOT NULL,
  period_start TIMESTAMPTZ NOT NULL,
  sequence INT NOT NULL DEFAULT 0,      -- of further usage invoices
  closes_at TIMESTAMPTZ NOT NULL,       -- it carries what waits, and the months that end, by then
  number VARCHAR(50) NOT NULL UNIQUE,   -- DRAFT-<id> until it is sent
  period JSONB NOT NULL CHECK (period ?& ARRAY['type', 'startDate', 'endDate']),
  status VARCHAR(20) NOT NULL DEFAULT 'draft',
  draft_reason TEXT,                    -- why it cannot be sent
  items JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(items) = 'array'),
  tax_groups JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(tax_groups) = 'array'),
  subtotal NUMERIC(20, 4) NOT NULL DEFAULT 0 CHECK (subtotal >= 0 AND subtotal <> 'NaN'),
  tax NUMERIC(20, 4) NOT NULL DEFAULT 0 CHECK (tax >= 0 AND tax <> 'NaN'),
  total NUMERIC(20, 4) NOT NULL DEFAULT 0 CHECK (total <> 'NaN'),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  issue_date TIMESTAMPTZ NOT NULL,
  due_date TIMESTAMPTZ NOT NULL,
  paid_date TIMESTAMPTZ,
  seller JSONB,                         -- as it was when the invoice was sent
  template_version INT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT invoices_status_check CHECK (status IN ('draft', 'sent', 'paid', 'overdue', 'cancelled')),
  CONSTRAINT invoices_kind_check CHECK (kind IN ('renewal', 'usage', 'final')),
  CHECK (total = subtotal + tax),
  CHECK (issue_date <= due_date),
  CHECK (sequence = 0 OR kind = 'usage'),
  CHECK ((status IN ('draft', 'cancelled')) OR number !~ '^DRAFT-'),
  UNIQUE (id, currency),
  UNIQUE (subscription_id, period_start, kind, sequence)
);

CREATE INDEX idx_invoices_user_id ON invoices (user_id);
CREATE INDEX idx_invoices_status ON invoices (status);
CREATE INDEX idx_invoices_period ON invoices USING gin (period);
CREATE INDEX idx_invoices_drafts ON invoices (subscription_id, closes_at) WHERE status = 'draft';

-- What waits for the next invoice: prorations of a change, adjustments by an operator.
CREATE TABLE pending_items (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  subscription_id UUID NOT NULL REFERENCES subscriptions (id) ON DELETE RESTRICT,
  type VARCHAR(20) NOT NULL,
  description TEXT NOT NULL,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount <> 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,          -- the day after the last one
  due_at TIMESTAMPTZ NOT NULL,    -- the first invoice that closes then or later carries it
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT pending_items_type_check CHECK (type IN ('proration', 'adjustment'))
);

CREATE INDEX idx_pending_items_subscription ON pending_items (subscription_id);

-- The lines of invoices; `invoices.items` is written from them.
CREATE TABLE invoice_items (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  invoice_id UUID NOT NULL,
  position INT NOT NULL CHECK (position > 0),
  type VARCHAR(20) NOT NULL,
  description TEXT NOT NULL,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  unit_price NUMERIC(32, 12) NOT NULL CHECK (unit_price <> 'NaN'),
  amount NUMERIC(20, 4) NOT NULL CHECK (amount <> 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,          -- the day after the last one
  tax_category VARCHAR(2),        -- null while it cannot be told
  tax_rate NUMERIC(7, 4),
  period_start TIMESTAMPTZ,       -- this and the next three: whose usage it is
  meter VARCHAR(20),
  terms VARCHAR(70),
  tier INT,
  pending_id UUID REFERENCES pending_items (id) ON DELETE RESTRICT,
  metadata JSONB NOT NULL DEFAULT '{}',
  FOREIGN KEY (invoice_id, currency) REFERENCES invoices (id, currency) ON DELETE CASCADE,
  UNIQUE (invoice_id, position),
  CONSTRAINT invoice_items_type_check CHECK (type IN ('fee', 'usage', 'proration', 'adjustment')),
  CHECK ((type = 'usage') = (meter IS NOT NULL)),
  CHECK ((type IN ('proration', 'adjustment')) = (pending_id IS NOT NULL))
);

CREATE INDEX idx_invoice_items_pending ON invoice_items (pending_id) WHERE pending_id IS NOT NULL;

CREATE TABLE credit_notes (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  invoice_id UUID NOT NULL,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  number VARCHAR(50) NOT NULL UNIQUE,
  reason TEXT NOT NULL,
  items JSONB NOT NULL CHECK (jsonb_typeof(items) = 'array'),
  tax_groups JSONB NOT NULL CHECK (jsonb_typeof(tax_groups) = 'array'),
  subtotal NUMERIC(20, 4) NOT NULL CHECK (subtotal >= 0 AND subtotal <> 'NaN'),
  tax NUMERIC(20, 4) NOT NULL CHECK (tax >= 0 AND tax <> 'NaN'),
  total NUMERIC(20, 4) NOT NULL CHECK (total > 0 AND total <> 'NaN'),
  currency VARCHAR(3) NOT NULL,
  pending_id UUID REFERENCES pending_items (id) ON DELETE RESTRICT, -- what it settles: a line that waited,
  period_start TIMESTAMPTZ,                                         -- or usage that became cheaper
  meter VARCHAR(20),
  terms VARCHAR(70),
  tier INT,
  issue_date TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}', -- customerInfo and seller, as its invoice has them
  FOREIGN KEY (invoice_id, currency) REFERENCES invoices (id, currency) ON DELETE RESTRICT,
  CHECK (total = subtotal + tax)
);

CREATE INDEX idx_credit_notes_invoice ON credit_notes (invoice_id);
CREATE INDEX idx_credit_notes_user ON credit_notes (user_id);
CREATE INDEX idx_credit_notes_pending ON credit_notes (pending_id) WHERE pending_id IS NOT NULL;

-- At which shares of what the fee covers a person is told.
CREATE TABLE alert_thresholds (
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  meter VARCHAR(20) NOT NULL,
  percent INT NOT NULL CHECK (percent BETWEEN 1 AND 1000),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(), -- of months that had ended by then nothing is said
  PRIMARY KEY (user_id, meter, percent),
  CONSTRAINT alert_thresholds_meter_check CHECK (meter IN ('requests', 'tokens'))
);

CREATE TABLE billing_alerts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  type VARCHAR(30) NOT NULL,
  threshold NUMERIC(20, 4) CHECK (threshold <> 'NaN'),
  current_value NUMERIC(20, 4) CHECK (current_value <> 'NaN'),
  message TEXT NOT NULL,
  is_read BOOLEAN NOT NULL DEFAULT FALSE,
  occasion VARCHAR(200) NOT NULL UNIQUE, -- what it is about: told once
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  read_at TIMESTAMPTZ,
  metadata JSONB NOT NULL DEFAULT '{}',
  CHECK (is_read = (read_at IS NOT NULL)),
  CONSTRAINT billing_alerts_type_check
    CHECK (type IN (
      'usage_threshold', 'payment_failed', 'payment_reminder', 'payment_confirmation', 'method_expiring', 'invoice_overdue',
      'subscription_expiring'
    ))
);

CREATE INDEX idx_billing_alerts_user_id ON billing_alerts (user_id);
CREATE INDEX idx_billing_alerts_read ON billing_alerts (is_read);

-- What is to be told to somebody, written in the transaction of what happened, and what became of it.
CREATE TABLE outbox (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  topic VARCHAR(50) NOT NULL,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  subject UUID NOT NULL, -- the id of the invoice, credit note or alert
  payload JSONB NOT NULL DEFAULT '{}',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  status VARCHAR(20) NOT NULL DEFAULT 'waiting',
  attempts INT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_attempt_at TIMESTAMPTZ NOT NULL DEFAULT now(), -- no run sends it before
  leased_until TIMESTAMPTZ,    -- until then a run is at it
  message_id VARCHAR(320),     -- the same at each attempt
  recipient VARCHAR(320),      -- of the last attempt
  last_error TEXT,             -- why that one failed, or why it was dropped
  delivered_at TIMESTAMPTZ,
  UNIQUE (topic, subject),
  CONSTRAINT outbox_status_check CHECK (status IN ('waiting', 'delivered', 'failed', 'dropped')),
  CHECK ((status = 'delivered') = (delivered_at IS NOT NULL)),
  CHECK (leased_until IS NULL OR status = 'waiting')
);

CREATE INDEX idx_outbox_waiting ON outbox (next_attempt_at) WHERE status = 'waiting';
CREATE INDEX idx_outbox_failed ON outbox (created_at) WHERE status = 'failed';
CREATE INDEX idx_outbox_user_id ON outbox (user_id);

-- The last number of a series, and when it was given; a year begins anew.
CREATE TABLE number_series (
  series VARCHAR(20) PRIMARY KEY,
  year INT NOT NULL,
  last INT NOT NULL CHECK (last >= 0),
  issued_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE billing_runs (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  at TIMESTAMPTZ NOT NULL, -- the run's now
  by_clock BOOLEAN NOT NULL,
  finished_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  counts JSONB NOT NULL
);

CREATE INDEX idx_billing_runs_at ON billing_runs (at DESC);

-- What of a line that waits is on no invoice and in no credit note yet. A draft that was cancelled waived what it carried.
CREATE FUNCTION pending_left(pending UUID) RETURNS NUMERIC LANGUAGE sql STABLE AS $$
  SELECT p.amount - coalesce((SELECT sum(i.amount) FROM invoice_items i JOIN invoices v ON v.id = i.invoice_id
                              WHERE i.pending_id = p.id AND v.status <> 'draft'), 0)
                  + coalesce((SELECT sum(n.subtotal) FROM credit_notes n WHERE n.pending_id = p.id), 0)
  FROM pending_items p WHERE p.id = pending
$$;

-- What was sent stays as it is; only where it stands changes, and only by a legal move.
CREATE FUNCTION guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.status <> 'draft' THEN
      RAISE EXCEPTION 'invoice % is not a draft: it stays', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
    ('draft', 'sent'), ('draft', 'cancelled'), ('sent', 'paid'), ('sent', 'overdue'), ('sent', 'cancelled'),
    ('overdue', 'paid'), ('overdue', 'cancelled'), ('paid', 'overdue')
  ) THEN
    RAISE EXCEPTION 'invoice % is %: it cannot become %', OLD.number, OLD.status, NEW.status
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF OLD.status <> 'draft'
    AND to_jsonb(NEW) - ARRAY['status', 'paid_date', 'updated_at'] <> to_jsonb(OLD) - ARRAY['status', 'paid_date', 'updated_at']
  THEN
    RAISE EXCEPTION 'invoice % was sent: it stays as it is', OLD.number USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

CREATE FUNCTION guard_invoice_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed c JOIN invoices v ON v.id = c.invoice_id WHERE v.status <> 'draft') THEN
    RAISE EXCEPTION 'the lines of an invoice that is no draft stay as they are' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER invoices_guarded BEFORE UPDATE OR DELETE ON invoices FOR EACH ROW EXECUTE FUNCTION guard_invoice();
CREATE TRIGGER invoice_items_added AFTER INSERT ON invoice_items REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION guard_invoice_items();
CREATE TRIGGER invoice_items_dropped AFTER DELETE ON invoice_items REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION guard_invoice_items();
CREATE TRIGGER invoice_items_kept BEFORE UPDATE OR TRUNCATE ON invoice_items FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_notes_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_notes
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Usage that was recorded since an instant is found by these.
CREATE INDEX idx_usage_logs_recorded ON usage_logs USING brin (recorded_at);
