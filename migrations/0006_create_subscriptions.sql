-- Plans and their prices, who is billed and who bills, and what people subscribed to.
-- Money is NUMERIC(20,4); NaN is a NUMERIC, so every amount says that it is none.
-- Lists that grow are CHECKs with a name, for a later migration to widen.

CREATE TABLE plans (
  id VARCHAR(50) PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  description TEXT,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'), -- this and the next two mirror the default price
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  interval VARCHAR(10) NOT NULL,
  features JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(features) = 'array'), -- this and the next mirror the newest version
  limits JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(limits) = 'object'),
  version INT NOT NULL DEFAULT 1 CHECK (version > 0),
  archived_at TIMESTAMPTZ,
  metadata JSONB NOT NULL DEFAULT '{}',
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  CONSTRAINT plans_id_check CHECK (id ~ '^[a-z][a-z0-9-]{0,49}$'),
  CONSTRAINT plans_interval_check CHECK (interval IN ('month', 'year'))
);

CREATE TABLE plan_versions (
  plan VARCHAR(50) NOT NULL REFERENCES plans (id) ON DELETE RESTRICT,
  version INT NOT NULL CHECK (version > 0),
  features JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(features) = 'array'),
  limits JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(limits) = 'object'),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (plan, version)
);

-- The fee of one interval, in advance, and the charges for what was used, in arrears.
CREATE TABLE plan_prices (
  plan VARCHAR(50) NOT NULL,
  version INT NOT NULL,
  interval VARCHAR(10) NOT NULL,
  currency VARCHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  amount NUMERIC(20, 4) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'),
  charges JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(charges) = 'array'),
  is_default BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (plan, version, interval, currency),
  FOREIGN KEY (plan, version) REFERENCES plan_versions (plan, version) ON DELETE RESTRICT,
  CONSTRAINT plan_prices_interval_check CHECK (interval IN ('month', 'year'))
);

CREATE UNIQUE INDEX idx_plan_prices_one_default ON plan_prices (plan, version) WHERE is_default;

-- Whom invoices are made out to.
CREATE TABLE customers (
  user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE RESTRICT,
  name VARCHAR(200),
  address VARCHAR(500),
  postcode VARCHAR(20),
  city VARCHAR(100),
  region VARCHAR(100),
  country VARCHAR(2) CHECK (country ~ '^[A-Z]{2}$'),
  vat_number VARCHAR(20),
  invoice_email VARCHAR(255),
  reference VARCHAR(100),
  locale VARCHAR(20),
  zone VARCHAR(64), -- null is the seller's
  term_days INT CHECK (term_days BETWEEN 0 AND 365), -- null is the seller's
  pauses BOOLEAN NOT NULL DEFAULT TRUE, -- whether the subscription is paused after the last step of dunning
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Who makes the invoices out.
CREATE TABLE seller (
  only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
  name VARCHAR(200),
  address VARCHAR(500),
  postcode VARCHAR(20),
  city VARCHAR(100),
  region VARCHAR(100),
  country VARCHAR(2) CHECK (country ~ '^[A-Z]{2}$'),
  vat_number VARCHAR(20),
  invoice_email VARCHAR(255),
  reference VARCHAR(100),
  locale VARCHAR(20) NOT NULL DEFAULT 'en',
  zone VARCHAR(64) NOT NULL DEFAULT 'UTC',
  term_days INT NOT NULL DEFAULT 14 CHECK (term_days BETWEEN 0 AND 365),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  iban VARCHAR(34),
  oss BOOLEAN NOT NULL DEFAULT FALSE,
  small_business BOOLEAN NOT NULL DEFAULT FALSE,
  legal_notes JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(legal_notes) = 'object'), -- by locale
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE subscriptions (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  plan VARCHAR(50) NOT NULL REFERENCES plans (id),
  status VARCHAR(20) NOT NULL DEFAULT 'active',
  current_period_start TIMESTAMPTZ NOT NULL,
  current_period_end TIMESTAMPTZ NOT NULL,
  cancel_at_period_end BOOLEAN NOT NULL DEFAULT FALSE,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'), -- the fee of a whole period
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  interval VARCHAR(10) NOT NULL,
  interval_count INTEGER NOT NULL DEFAULT 1 CHECK (interval_count BETWEEN 1 AND 120),
  trial_start TIMESTAMPTZ,
  trial_end TIMESTAMPTZ,
  zone VARCHAR(64) NOT NULL,      -- as it was at the start: days are this zone's
  anchor DATE NOT NULL,           -- every boundary is this day plus so many months
  term_periods INT CHECK (term_periods > 0), -- a fixed term; null goes on
  next_plan VARCHAR(50) REFERENCES plans (id), -- what a waiting change brings at the end of the period
  next_interval VARCHAR(10),
  next_interval_count INTEGER CHECK (next_interval_count BETWEEN 1 AND 120),
  next_boundary TIMESTAMPTZ,      -- the end of the newest month that was opened; null once it is over
  ended_at TIMESTAMPTZ,
  pause_reason VARCHAR(20),       -- null where an operator paused it
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  metadata JSONB NOT NULL DEFAULT '{}',
  CONSTRAINT subscriptions_pause_reason_check CHECK (pause_reason = 'dunning'),
  CHECK (pause_reason IS NULL OR status = 'paused'),
  CONSTRAINT subscriptions_status_check CHECK (status IN ('active', 'paused', 'cancelled', 'expired')),
  CONSTRAINT subscriptions_interval_check CHECK (interval IN ('month', 'year') AND next_interval IN ('month', 'year')),
  CHECK (current_period_start <= current_period_end),
  CHECK ((trial_start IS NULL) = (trial_end IS NULL) AND trial_start <= trial_end),
  CHECK ((ended_at IS NOT NULL) = (status IN ('cancelled', 'expired'))),
  CHECK ((next_boundary IS NULL) = (ended_at IS NOT NULL)),
  CHECK ((next_plan IS NULL) = (next_interval IS NULL) AND (next_plan IS NULL) = (next_interval_count IS NULL))
);

CREATE INDEX idx_subscriptions_user_id ON subscriptions (user_id);
CREATE INDEX idx_subscriptions_status ON subscriptions (status);
CREATE INDEX idx_subscriptions_period ON subscriptions (current_period_end);
CREATE INDEX idx_subscriptions_boundary ON subscriptions (next_boundary);
CREATE UNIQUE INDEX idx_subscriptions_one_live ON subscriptions (user_id) WHERE status IN ('active', 'paused');

-- The terms that hold from an instant on, copied from a plan's version, and whether what is used under them is billed.
CREATE TABLE subscription_spans (
  subscription_id UUID NOT NULL REFERENCES subscriptions (id) ON DELETE RESTRICT,
  starts_at TIMESTAMPTZ NOT NULL,
  starts_on DATE NOT NULL, -- fees go by days, usage by instants
  mode VARCHAR(10) NOT NULL,
  plan VARCHAR(50) NOT NULL,
  plan_version INT NOT NULL,
  amount NUMERIC(20, 4) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'),
  charges JSONB NOT NULL CHECK (jsonb_typeof(charges) = 'array'),
  limits JSONB NOT NULL CHECK (jsonb_typeof(limits) = 'object'),
  PRIMARY KEY (subscription_id, starts_at),
  FOREIGN KEY (plan, plan_version) REFERENCES plan_versions (plan, version) ON DELETE RESTRICT,
  CONSTRAINT subscription_spans_mode_check CHECK (mode IN ('billed', 'trial', 'paused'))
);

-- A subscription's life in months on its anchor, each following the one before without a gap; number 0 is its trial.
CREATE TABLE billing_periods (
  subscription_id UUID NOT NULL REFERENCES subscriptions (id) ON DELETE RESTRICT,
  number INT NOT NULL CHECK (number >= 0),
  starts_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL, -- the day after the last one
  follows TIMESTAMPTZ,
  fee NUMERIC(20, 4) CHECK (fee >= 0 AND fee <> 'NaN'), -- where a fee is due here in advance
  plan VARCHAR(50),      -- what the fee is for
  covered_from DATE,     -- where an interval begins here: the first day of it that is paid for; null if none is
  late_rows BIGINT NOT NULL DEFAULT 0, -- usage that was recorded too late to be billed
  frozen_at TIMESTAMPTZ, -- since then nothing is rated
  settled_at TIMESTAMPTZ, -- since then all that was rated is on invoices
  PRIMARY KEY (subscription_id, starts_at),
  UNIQUE (subscription_id, number),
  UNIQUE (subscription_id, ends_at),
  FOREIGN KEY (subscription_id, follows) REFERENCES billing_periods (subscription_id, ends_at) DEFERRABLE INITIALLY DEFERRED,
  CHECK (starts_at < ends_at),
  CHECK (starts_on <= ends_on),
  CHECK (follows = starts_at),
  CHECK ((fee IS NULL) = (plan IS NULL)),
  CHECK (settled_at IS NULL OR frozen_at IS NOT NULL)
);

CREATE INDEX idx_billing_periods_open ON billing_periods (ends_at) WHERE frozen_at IS NULL;
CREATE INDEX idx_billing_periods_unsettled ON billing_periods (subscription_id) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX idx_billing_periods_first ON billing_periods (subscription_id) WHERE follows IS NULL;

-- What a period used of a meter under the same terms, and what that costs in all, so far.
CREATE TABLE usage_ratings (
  subscription_id UUID NOT NULL,
  period_start TIMESTAMPTZ NOT NULL,
  meter VARCHAR(20) NOT NULL,
  terms VARCHAR(70) NOT NULL, -- plan@version
  quantity BIGINT NOT NULL CHECK (quantity >= 0),
  amount NUMERIC(20, 4) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'),
  last_used_on DATE,          -- its tax is that day's
  PRIMARY KEY (subscription_id, period_start, meter, terms),
  FOREIGN KEY (subscription_id, period_start) REFERENCES billing_periods (subscription_id, starts_at) ON DELETE RESTRICT,
  CONSTRAINT usage_ratings_meter_check CHECK (meter IN ('requests', 'tokens'))
);

CREATE TRIGGER plans_touch BEFORE UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER customers_touch BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER seller_touch BEFORE UPDATE ON seller FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER subscriptions_touch BEFORE UPDATE ON subscriptions FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
