-- Plans, subscriptions, ways to pay, invoices, payments, credits, alerts.
-- Money is NUMERIC(20,4); NaN is a NUMERIC, so every amount says that it is none.
-- Lists that grow are CHECKs with a name, for a later migration to widen.

CREATE TABLE plans (
  id VARCHAR(50) PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  description TEXT,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  interval VARCHAR(10) NOT NULL,
  features JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(features) = 'array'),
  limits JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(limits) = 'object'),
  metadata JSONB NOT NULL DEFAULT '{}',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  CONSTRAINT plans_id_check CHECK (id IN ('free', 'basic', 'premium', 'enterprise')),
  CONSTRAINT plans_interval_check CHECK (interval IN ('month', 'year'))
);

CREATE TABLE subscriptions (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  plan VARCHAR(50) NOT NULL REFERENCES plans (id),
  status VARCHAR(20) NOT NULL DEFAULT 'active',
  current_period_start TIMESTAMPTZ NOT NULL,
  current_period_end TIMESTAMPTZ NOT NULL,
  cancel_at_period_end BOOLEAN NOT NULL DEFAULT FALSE,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  interval VARCHAR(10) NOT NULL,
  interval_count INTEGER NOT NULL DEFAULT 1 CHECK (interval_count > 0),
  trial_start TIMESTAMPTZ,
  trial_end TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT subscriptions_status_check CHECK (status IN ('active', 'paused', 'cancelled', 'expired')),
  CONSTRAINT subscriptions_interval_check CHECK (interval IN ('month', 'year')),
  CHECK (current_period_start < current_period_end),
  CHECK ((trial_start IS NULL) = (trial_end IS NULL) AND trial_start <= trial_end)
);

CREATE INDEX idx_subscriptions_user_id ON subscriptions (user_id);
CREATE INDEX idx_subscriptions_status ON subscriptions (status);
CREATE INDEX idx_subscriptions_period ON subscriptions (current_period_end);

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
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT payment_methods_type_check CHECK (type IN ('card', 'bank_account', 'sepa')),
  CONSTRAINT payment_methods_provider_check CHECK (provider IN ('stripe', 'paypal', 'wise')),
  UNIQUE (provider, provider_method_id)
);

CREATE INDEX idx_payment_methods_user_id ON payment_methods (user_id);
CREATE INDEX idx_payment_methods_default ON payment_methods (user_id, is_default);
CREATE UNIQUE INDEX idx_payment_methods_one_default ON payment_methods (user_id) WHERE is_default;

CREATE TABLE invoices (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT, -- books outlive an account
  number VARCHAR(50) NOT NULL UNIQUE,
  period JSONB NOT NULL CHECK (period ?& ARRAY['type', 'startDate', 'endDate']),
  status VARCHAR(20) NOT NULL DEFAULT 'draft',
  items JSONB NOT NULL CHECK (jsonb_typeof(items) = 'array'),
  subtotal NUMERIC(20, 4) NOT NULL CHECK (subtotal <> 'NaN'),
  tax NUMERIC(20, 4) NOT NULL CHECK (tax <> 'NaN'),
  total NUMERIC(20, 4) NOT NULL CHECK (total <> 'NaN'),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  issue_date TIMESTAMPTZ NOT NULL,
  due_date TIMESTAMPTZ NOT NULL,
  paid_date TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT invoices_status_check CHECK (status IN ('draft', 'sent', 'paid', 'overdue', 'cancelled')),
  CHECK (total = subtotal + tax),
  CHECK (issue_date <= due_date)
);

CREATE INDEX idx_invoices_user_id ON invoices (user_id);
CREATE INDEX idx_invoices_status ON invoices (status);
CREATE INDEX idx_invoices_period ON invoices USING gin (period);

CREATE TABLE payments (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  invoice_id UUID NOT NULL REFERENCES invoices (id) ON DELETE RESTRICT,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  status VARCHAR(20) NOT NULL DEFAULT 'pending',
  method_id UUID REFERENCES payment_methods (id) ON DELETE SET NULL,
  provider VARCHAR(20) NOT NULL,
  provider_transaction_id VARCHAR(255),
  failure_reason TEXT,
  refunded_amount NUMERIC(20, 4) NOT NULL DEFAULT 0 CHECK (refunded_amount >= 0 AND refunded_amount <= amount),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  processed_at TIMESTAMPTZ,
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT payments_status_check CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'refunded')),
  CONSTRAINT payments_provider_check CHECK (provider IN ('stripe', 'paypal', 'wise')),
  UNIQUE (provider, provider_transaction_id)
);

CREATE INDEX idx_payments_invoice_id ON payments (invoice_id);
CREATE INDEX idx_payments_user_id ON payments (user_id);
CREATE INDEX idx_payments_status ON payments (status);

CREATE TABLE credits (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount <> 0 AND amount <> 'NaN'),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  reason TEXT NOT NULL,
  type VARCHAR(20) NOT NULL,
  expires_at TIMESTAMPTZ,
  used_at TIMESTAMPTZ,
  invoice_id UUID REFERENCES invoices (id) ON DELETE RESTRICT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT credits_type_check CHECK (type IN ('promotional', 'refund', 'compensation', 'adjustment'))
);

CREATE INDEX idx_credits_user_id ON credits (user_id);
CREATE INDEX idx_credits_type ON credits (type);
CREATE INDEX idx_credits_expires_at ON credits (expires_at);

CREATE TABLE billing_alerts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  type VARCHAR(30) NOT NULL,
  threshold NUMERIC(20, 4) CHECK (threshold <> 'NaN'),
  current_value NUMERIC(20, 4) CHECK (current_value <> 'NaN'),
  message TEXT NOT NULL,
  is_read BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  read_at TIMESTAMPTZ,
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT billing_alerts_type_check
    CHECK (type IN ('usage_threshold', 'payment_failed', 'invoice_overdue', 'subscription_expiring'))
);

CREATE INDEX idx_billing_alerts_user_id ON billing_alerts (user_id);
CREATE INDEX idx_billing_alerts_read ON billing_alerts (is_read);

CREATE TRIGGER plans_touch BEFORE UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER subscriptions_touch BEFORE UPDATE ON subscriptions FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER payment_methods_touch BEFORE UPDATE ON payment_methods FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER invoices_touch BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
