-- What settles invoices: methods and payments, what went back of them, credits; and what providers say of it.

-- Who a user is to a provider.
CREATE TABLE provider_customers (
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider VARCHAR(20) NOT NULL,
  provider_customer_id VARCHAR(255) NOT NULL,
  PRIMARY KEY (user_id, provider),
  UNIQUE (provider, provider_customer_id),
  CONSTRAINT provider_customers_provider_check CHECK (provider IN ('stripe', 'paypal'))
);

-- Only the provider's token, and what may be shown of it.
CREATE TABLE payment_methods (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  type VARCHAR(20) NOT NULL,
  provider VARCHAR(20) NOT NULL,
  is_default BOOLEAN NOT NULL DEFAULT FALSE,
  provider_method_id VARCHAR(255) NOT NULL,
  last_four VARCHAR(4) CHECK (last_four ~ '^[0-9A-Za-z]{4}$'),
  expiry_month INTEGER CHECK (expiry_month BETWEEN 1 AND 12),
  expiry_year INTEGER CHECK (expiry_year BETWEEN 2000 AND 9999),
  brand VARCHAR(50),
  removed_at TIMESTAMPTZ,  -- since then it is charged no more
  detached_at TIMESTAMPTZ, -- since then the provider knows that too
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT payment_methods_type_check CHECK (type IN ('card', 'bank_account', 'sepa')),
  CONSTRAINT payment_methods_provider_check CHECK (provider IN ('stripe', 'paypal', 'wise')),
  CHECK (removed_at IS NULL OR NOT is_default),
  CHECK (detached_at IS NULL OR removed_at IS NOT NULL),
  CHECK ((expiry_month IS NULL) = (expiry_year IS NULL)),
  UNIQUE (provider, provider_method_id)
);

CREATE INDEX idx_payment_methods_user_id ON payment_methods (user_id);
CREATE INDEX idx_payment_methods_default ON payment_methods (user_id, is_default);
CREATE UNIQUE INDEX idx_payment_methods_one_default ON payment_methods (user_id) WHERE is_default;

-- Hosted pages on which people add a method.
CREATE TABLE method_links (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(), -- the idempotency key
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider VARCHAR(20) NOT NULL,
  provider_link_id VARCHAR(255), -- null until the provider answered
  url TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  expires_at TIMESTAMPTZ,
  method_id UUID REFERENCES payment_methods (id) ON DELETE SET NULL, -- what came of it
  UNIQUE (provider, provider_link_id),
  CONSTRAINT method_links_provider_check CHECK (provider IN ('stripe', 'paypal'))
);

CREATE INDEX idx_method_links_user_id ON method_links (user_id);

-- One row an attempt, and one for each invoice that a transfer pays.
CREATE TABLE payments (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  invoice_id UUID NOT NULL,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  status VARCHAR(20) NOT NULL DEFAULT 'pending',
  method_id UUID REFERENCES payment_methods (id) ON DELETE SET NULL,
  provider VARCHAR(20) NOT NULL,
  provider_transaction_id VARCHAR(255),
  failure_reason TEXT,
  refunded_amount NUMERIC(20, 4) NOT NULL DEFAULT 0 CHECK (refunded_amount >= 0 AND refunded_amount <= amount),
  origin VARCHAR(10) NOT NULL DEFAULT 'transfer',
  step INT CHECK (step BETWEEN 0 AND 3),  -- of dunning
  idempotency_key VARCHAR(100) UNIQUE,
  link_id VARCHAR(255),      -- a hosted page on which it is paid
  action_url TEXT,           -- where the person confirms or pays it
  decline VARCHAR(20),       -- why it failed, in one word
  asked_at TIMESTAMPTZ,      -- since then the provider may have done it
  leased_until TIMESTAMPTZ,  -- until then a process asks
  checked_at TIMESTAMPTZ,    -- when the provider last told how it is
  looks INT NOT NULL DEFAULT 0, -- how often what it told was recorded
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  processed_at TIMESTAMPTZ,
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT payments_status_check CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'refunded')),
  CONSTRAINT payments_provider_check CHECK (provider IN ('stripe', 'paypal', 'wise', 'manual')),
  CONSTRAINT payments_origin_check CHECK (origin IN ('dunning', 'method', 'hand', 'link', 'transfer')),
  CONSTRAINT payments_decline_check CHECK (decline IN ('soft', 'hard', 'authentication', 'refused', 'cancelled')),
  CHECK ((step IS NOT NULL) = (origin = 'dunning')),
  CHECK ((status = 'failed') = (decline IS NOT NULL)),
  CHECK (status IN ('completed', 'refunded') OR refunded_amount = 0),
  CHECK (leased_until IS NULL OR status IN ('pending', 'processing')),
  FOREIGN KEY (invoice_id, currency) REFERENCES invoices (id, currency) ON DELETE RESTRICT,
  UNIQUE (id, currency),
  UNIQUE (provider, provider_transaction_id, invoice_id)
);

CREATE INDEX idx_payments_invoice_id ON payments (invoice_id);
CREATE INDEX idx_payments_user_id ON payments (user_id);
CREATE INDEX idx_payments_status ON payments (status);
CREATE INDEX idx_payments_link ON payments (provider, link_id) WHERE link_id IS NOT NULL;
CREATE UNIQUE INDEX idx_payments_one_open ON payments (invoice_id) WHERE status IN ('pending', 'processing');

-- What we gave back, or are to give back. Its amount is reserved while it is pending.
CREATE TABLE refunds (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  payment_id UUID NOT NULL,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL,
  status VARCHAR(20) NOT NULL DEFAULT 'pending',
  reason TEXT NOT NULL,
  provider_refund_id VARCHAR(255),
  idempotency_key VARCHAR(100) UNIQUE, -- null where nobody is asked: somebody pays it by hand, or did so at the provider
  credit_note_id UUID REFERENCES credit_notes (id) ON DELETE RESTRICT, -- of what no refund credit stood for
  reference VARCHAR(140),
  failure_reason TEXT,
  asked_at TIMESTAMPTZ,
  leased_until TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  completed_at TIMESTAMPTZ,
  failed_at TIMESTAMPTZ,
  FOREIGN KEY (payment_id, currency) REFERENCES payments (id, currency) ON DELETE RESTRICT,
  CONSTRAINT refunds_status_check CHECK (status IN ('pending', 'completed', 'failed')),
  CHECK (status <> 'completed' OR completed_at IS NOT NULL),
  CHECK (leased_until IS NULL OR status = 'pending'),
  UNIQUE (payment_id, provider_refund_id)
);

CREATE INDEX idx_refunds_pending ON refunds (created_at) WHERE status = 'pending';

-- What a bank took back, or may.
CREATE TABLE disputes (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  payment_id UUID NOT NULL,
  provider_dispute_id VARCHAR(255) NOT NULL,
  kind VARCHAR(20) NOT NULL,
  state VARCHAR(20) NOT NULL,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL,
  reason TEXT,
  opened_at TIMESTAMPTZ NOT NULL,
  taken_at TIMESTAMPTZ,  -- when the money went
  returned_at TIMESTAMPTZ, -- when it came back
  FOREIGN KEY (payment_id, currency) REFERENCES payments (id, currency) ON DELETE RESTRICT,
  UNIQUE (payment_id, provider_dispute_id),
  CONSTRAINT disputes_kind_check CHECK (kind IN ('chargeback', 'return')),
  CONSTRAINT disputes_state_check CHECK (state IN ('inquiry', 'open', 'won', 'lost')),
  CHECK (state NOT IN ('open', 'lost') OR taken_at IS NOT NULL)
);

CREATE TABLE credits (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  reason TEXT NOT NULL,
  type VARCHAR(20) NOT NULL,
  expires_at TIMESTAMPTZ,
  used_at TIMESTAMPTZ,    -- this and the next: the burn that exhausted it
  invoice_id UUID REFERENCES invoices (id) ON DELETE RESTRICT,
  credit_note_id UUID REFERENCES credit_notes (id) ON DELETE RESTRICT, -- this or the next is what granted it
  payment_id UUID REFERENCES payments (id) ON DELETE RESTRICT,         -- a payment of more than was due
  voided_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}',
  UNIQUE (id, currency),
  CONSTRAINT credits_type_check CHECK (type IN ('promotional', 'refund', 'compensation', 'adjustment')),
  CHECK ((used_at IS NULL) = (invoice_id IS NULL)),
  CHECK (credit_note_id IS NULL OR payment_id IS NULL)
);

CREATE INDEX idx_credits_user_id ON credits (user_id);
CREATE INDEX idx_credits_type ON credits (type);
CREATE INDEX idx_credits_expires_at ON credits (expires_at);
CREATE INDEX idx_credits_note ON credits (credit_note_id) WHERE credit_note_id IS NOT NULL;
CREATE INDEX idx_credits_payment ON credits (payment_id) WHERE payment_id IS NOT NULL;

-- What of a credit went into an invoice; a negative amount came back from it.
CREATE TABLE credit_burns (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  credit_id UUID NOT NULL,
  invoice_id UUID NOT NULL,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount <> 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL,
  credit_note_id UUID REFERENCES credit_notes (id) ON DELETE RESTRICT, -- what gave it back
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  FOREIGN KEY (credit_id, currency) REFERENCES credits (id, currency) ON DELETE RESTRICT,
  FOREIGN KEY (invoice_id, currency) REFERENCES invoices (id, currency) ON DELETE RESTRICT,
  CHECK ((amount < 0) = (credit_note_id IS NOT NULL))
);

CREATE INDEX idx_credit_burns_credit ON credit_burns (credit_id);
CREATE INDEX idx_credit_burns_invoice ON credit_burns (invoice_id);

-- What of a credit went back as money, by a refund or with a dispute. It counts unless that failed or was won; a negative
-- amount is what a dispute takes less than it took before.
CREATE TABLE credit_payouts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  credit_id UUID NOT NULL,
  currency VARCHAR(3) NOT NULL,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount <> 0 AND amount <> 'NaN'),
  refund_id UUID REFERENCES refunds (id) ON DELETE RESTRICT,
  dispute_id UUID REFERENCES disputes (id) ON DELETE RESTRICT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  FOREIGN KEY (credit_id, currency) REFERENCES credits (id, currency) ON DELETE RESTRICT,
  CHECK ((refund_id IS NULL) <> (dispute_id IS NULL)),
  CHECK (amount > 0 OR dispute_id IS NOT NULL)
);

CREATE INDEX idx_credit_payouts_credit ON credit_payouts (credit_id);
CREATE INDEX idx_credit_payouts_refund ON credit_payouts (refund_id) WHERE refund_id IS NOT NULL;
CREATE INDEX idx_credit_payouts_dispute ON credit_payouts (dispute_id) WHERE dispute_id IS NOT NULL;

-- What was done about an unpaid invoice at each step of dunning.
CREATE TABLE dunning_steps (
  invoice_id UUID NOT NULL REFERENCES invoices (id) ON DELETE RESTRICT,
  step INT NOT NULL CHECK (step BETWEEN 0 AND 3),
  did VARCHAR(20) NOT NULL,
  reason TEXT, -- why nothing was tried
  payment_id UUID REFERENCES payments (id) ON DELETE RESTRICT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (invoice_id, step),
  CONSTRAINT dunning_steps_did_check CHECK (did IN ('charged', 'reminded', 'not_attempted')),
  CHECK ((did = 'charged') = (payment_id IS NOT NULL))
);

-- Money that came to a bank account.
CREATE TABLE bank_transfers (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  provider VARCHAR(20) NOT NULL,
  provider_transaction_id VARCHAR(255) NOT NULL,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  reference TEXT NOT NULL DEFAULT '',
  payer TEXT,
  status VARCHAR(20) NOT NULL DEFAULT 'unmatched',
  reason TEXT, -- why it is not matched
  booked_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  CONSTRAINT bank_transfers_provider_check CHECK (provider IN ('wise', 'manual')),
  CONSTRAINT bank_transfers_status_check CHECK (status IN ('unmatched', 'matched', 'ignored')),
  UNIQUE (provider, provider_transaction_id)
);

CREATE INDEX idx_bank_transfers_unmatched ON bank_transfers (booked_at) WHERE status = 'unmatched';
CREATE INDEX idx_bank_transfers_amount ON bank_transfers (currency, amount, booked_at);

-- What providers told us. It is believed only once the object is fetched.
CREATE TABLE provider_events (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  provider VARCHAR(20) NOT NULL,
  event_id VARCHAR(255) NOT NULL,
  type VARCHAR(100) NOT NULL,
  object_id VARCHAR(255),
  account VARCHAR(255),
  happened_at TIMESTAMPTZ,
  received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  status VARCHAR(20) NOT NULL DEFAULT 'waiting',
  attempts INT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  handled_at TIMESTAMPTZ,
  reason TEXT, -- why it is unmatched, or still waits
  payment_id UUID REFERENCES payments (id) ON DELETE RESTRICT,
  body TEXT NOT NULL,
  CONSTRAINT provider_events_provider_check CHECK (provider IN ('stripe', 'paypal', 'wise')),
  CONSTRAINT provider_events_status_check CHECK (status IN ('waiting', 'handled', 'unmatched')),
  CHECK ((status = 'waiting') = (handled_at IS NULL)),
  UNIQUE (provider, event_id)
);

CREATE INDEX idx_provider_events_waiting ON provider_events (received_at) WHERE status = 'waiting';
CREATE INDEX idx_provider_events_unmatched ON provider_events (received_at) WHERE status = 'unmatched';

-- Moves of our balance at a provider: what it took for itself, and what it paid out.
CREATE TABLE balance_transactions (
  provider VARCHAR(20) NOT NULL,
  provider_id VARCHAR(255) NOT NULL,
  kind VARCHAR(20) NOT NULL,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount <> 'NaN'), -- before the fee, as the balance sees it
  fee NUMERIC(20, 4) NOT NULL CHECK (fee <> 'NaN'),
  currency VARCHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  source VARCHAR(255), -- the transaction, refund or dispute that it is of
  happened_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, provider_id),
  CONSTRAINT balance_transactions_kind_check CHECK (kind IN ('payment', 'refund', 'dispute', 'fee', 'payout', 'adjustment'))
);

CREATE INDEX idx_balance_transactions_happened ON balance_transactions (happened_at);

-- What went out of a credit as money, or is reserved for that.
CREATE FUNCTION credit_paid_out(credit UUID) RETURNS NUMERIC LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(o.amount), 0)
  FROM credit_payouts o LEFT JOIN refunds r ON r.id = o.refund_id LEFT JOIN disputes d ON d.id = o.dispute_id
  WHERE o.credit_id = credit AND (r.status IN ('pending', 'completed') OR d.state IN ('open', 'lost'))
$$;

-- What went out of it by now, and is reserved no more.
CREATE FUNCTION credit_went_out(credit UUID) RETURNS NUMERIC LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(o.amount), 0)
  FROM credit_payouts o LEFT JOIN refunds r ON r.id = o.refund_id LEFT JOIN disputes d ON d.id = o.dispute_id
  WHERE o.credit_id = credit AND (r.status = 'completed' OR d.state IN ('open', 'lost'))
$$;

-- What refunds under way will take of an invoice by credit notes: all that no refund credit stands for.
CREATE FUNCTION invoice_reserved(invoice UUID) RETURNS NUMERIC LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(r.amount - coalesce((SELECT sum(o.amount) FROM credit_payouts o WHERE o.refund_id = r.id), 0)), 0)
  FROM refunds r JOIN payments p ON p.id = r.payment_id
  WHERE p.invoice_id = invoice AND r.status = 'pending'
$$;

-- How much of a payment went back.
CREATE FUNCTION payment_reversed(payment UUID) RETURNS NUMERIC LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT sum(amount) FROM refunds WHERE payment_id = payment AND status = 'completed'), 0)
       + coalesce((SELECT sum(amount) FROM disputes WHERE payment_id = payment AND state IN ('open', 'lost')), 0)
$$;

-- Whether a bank took back what was paid of an invoice: then nobody is charged, reminded or paused for it.
CREATE FUNCTION is_charged_back(invoice UUID) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE p.invoice_id = invoice AND d.state IN ('open', 'lost')
  )
$$;

-- What is due on an invoice that was sent, and what that is made of. `granted` are the refund credits of its credit notes and
-- of payments that were too much, less what of them went out as money.
CREATE FUNCTION invoice_due(invoice UUID)
RETURNS TABLE (
  burnt NUMERIC, given_back NUMERIC, credited NUMERIC, granted NUMERIC, paid NUMERIC, refunded NUMERIC, due NUMERIC
) LANGUAGE sql STABLE AS $$
  SELECT b.burnt, b.given_back, n.credited, g.granted, p.paid, p.refunded,
         i.total - (b.burnt - b.given_back) - (n.credited - g.granted) - (p.paid - p.refunded)
  FROM invoices i
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS burnt,
           coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS given_back
    FROM credit_burns WHERE invoice_id = i.id
  ) b
  CROSS JOIN LATERAL (SELECT coalesce(sum(total), 0) AS credited FROM credit_notes WHERE invoice_id = i.id) n
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.amount - credit_went_out(c.id)), 0) AS granted
    FROM (
      SELECT c.id, c.amount FROM credits c JOIN credit_notes n ON n.id = c.credit_note_id WHERE n.invoice_id = i.id
      UNION ALL
      SELECT c.id, c.amount FROM credits c JOIN payments p ON p.id = c.payment_id WHERE p.invoice_id = i.id
    ) c
  ) g
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS paid,
           coalesce(sum(refunded_amount), 0) AS refunded
    FROM payments WHERE invoice_id = i.id AND status IN ('completed', 'refunded')
  ) p
  WHERE i.id = invoice
$$;

-- Invoices that were sent with fees, or credit notes of fees, for days after this one; and what says what is still to be earned
-- of them (shared/billing/books/bill.py reads `facts`). Days are those of the zone that the seller had; nothing is still to come
-- of a subscription that ended. A note that settles a line is that line's, over its days; one of usage or of an adjustment takes
-- what was earned at once; another takes its share of all.
CREATE FUNCTION deferring_invoices(now TIMESTAMPTZ, day DATE)
RETURNS TABLE (invoice_id UUID, currency VARCHAR(3), issued_on DATE, ends_on DATE, ended_at TIMESTAMPTZ, ended_on DATE, facts JSONB)
LANGUAGE sql STABLE AS $$
  WITH wanted AS (
    SELECT t.invoice_id FROM invoice_items t WHERE t.type IN ('fee', 'proration') AND t.ends_on > $2
    UNION
    SELECT n.invoice_id FROM credit_notes n JOIN pending_items p ON p.id = n.pending_id WHERE p.type = 'proration' AND p.ends_on > $2
  ), issued AS (
    SELECT i.id, i.currency, i.subtotal, i.issue_date, z.zone, (i.issue_date AT TIME ZONE z.zone)::date AS issued_on,
           s.ended_at, (s.ended_at AT TIME ZONE z.zone)::date AS ended_on
    FROM wanted w
    JOIN invoices i ON i.id = w.invoice_id
    LEFT JOIN subscriptions s ON s.id = i.subscription_id AND s.ended_at <= $1
    CROSS JOIN LATERAL (SELECT coalesce(i.seller ->> 'zone', 'UTC') AS zone) z
    WHERE i.number !~ '^DRAFT-' AND i.issue_date <= $1
  ), fees AS (
    SELECT t.invoice_id, max(t.ends_on) AS ends_on,
           jsonb_agg(jsonb_build_array(t.amount::text, t.starts_on, t.ends_on) ORDER BY t.position) AS fees
    FROM issued i JOIN invoice_items t ON t.invoice_id = i.id
    WHERE t.type IN ('fee', 'proration') AND t.ends_on > t.starts_on
    GROUP BY t.invoice_id
  ), notes AS (
    SELECT n.invoice_id, max(p.ends_on) FILTER (WHERE k.lowers = 'days') AS ends_on,
           jsonb_agg(
             jsonb_build_array(n.number, n.issue_date, (n.issue_date AT TIME ZONE i.zone)::date, n.subtotal::text, k.lowers,
                               p.starts_on, p.ends_on)
             ORDER BY n.issue_date, n.number
           ) AS notes
    FROM issued i
    JOIN credit_notes n ON n.invoice_id = i.id
    LEFT JOIN pending_items p ON p.id = n.pending_id
    CROSS JOIN LATERAL (
      SELECT CASE WHEN n.meter IS NOT NULL OR p.type = 'adjustment' OR p.ends_on <= p.starts_on THEN 'earned'
                  WHEN p.id IS NULL THEN 'share' ELSE 'days' END AS lowers
    ) k
    WHERE n.issue_date <= $1
    GROUP BY n.invoice_id
  )
  SELECT i.id, i.currency, i.issued_on, greatest(f.ends_on, n.ends_on), i.ended_at, i.ended_on,
         jsonb_build_object('subtotal', i.subtotal::text, 'at', i.issue_date, 'on', i.issued_on, 'fees', coalesce(f.fees, '[]'),
                            'notes', coalesce(n.notes, '[]'), 'ended_at', i.ended_at, 'ended_on', i.ended_on)
  FROM issued i LEFT JOIN fees f ON f.invoice_id = i.id LEFT JOIN notes n ON n.invoice_id = i.id
$$;

-- What was asked stays as it was asked; where a payment stands changes by a legal move alone.
CREATE FUNCTION guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'payment % stays', OLD.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
    ('pending', 'processing'), ('pending', 'completed'), ('pending', 'failed'), ('processing', 'completed'),
    ('processing', 'failed'), ('completed', 'refunded'), ('refunded', 'completed')
  ) THEN
    RAISE EXCEPTION 'payment % is %: it cannot become %', OLD.id, OLD.status, NEW.status
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.invoice_id, NEW.user_id, NEW.amount, NEW.currency, NEW.provider)
    IS DISTINCT FROM (OLD.invoice_id, OLD.user_id, OLD.amount, OLD.currency, OLD.provider)
    OR OLD.provider_transaction_id IS NOT NULL AND NEW.provider_transaction_id IS DISTINCT FROM OLD.provider_transaction_id
  THEN
    RAISE EXCEPTION 'payment % was asked: it stays as it is', OLD.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$$;

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Keep what a provider told, whose message was verified, once; whether it is new.
CREATE FUNCTION record_provider_event(
  provider TEXT, event_id TEXT, type TEXT, object_id TEXT, account TEXT, happened_at TIMESTAMPTZ, body TEXT, now TIMESTAMPTZ
) RETURNS BOOLEAN LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  written INT;
BEGIN
  INSERT INTO provider_events (provider, event_id, type, object_id, account, happened_at, body, received_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT ON CONSTRAINT provider_events_provider_event_id_key DO NOTHING;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written > 0;
END
$$;

CREATE TRIGGER payments_guarded BEFORE UPDATE OR DELETE ON payments FOR EACH ROW EXECUTE FUNCTION guard_payment();
CREATE TRIGGER credit_burns_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_burns
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_payouts_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_payouts
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER balance_transactions_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON balance_transactions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_methods_touch BEFORE UPDATE ON payment_methods FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
