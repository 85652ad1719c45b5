-- Drafts, and what they are made of.

-- name: drafts
SELECT id, user_id, subscription_id, kind, period_start, sequence, closes_at, number, currency, period, metadata
FROM invoices WHERE user_id = ANY (%(users)s::uuid[]) AND status = 'draft'
ORDER BY user_id, subscription_id, closes_at, kind DESC, sequence;

-- name: plan_names
SELECT id, name FROM plans;

-- name: involved
-- Subscriptions with a draft, or with a frozen month that is not settled.
SELECT subscription_id AS id FROM invoices WHERE user_id = ANY (%(users)s::uuid[]) AND status = 'draft'
UNION
SELECT s.id FROM subscriptions s JOIN billing_periods p ON p.subscription_id = s.id
WHERE s.user_id = ANY (%(users)s::uuid[]) AND p.frozen_at IS NOT NULL AND p.settled_at IS NULL;

-- name: ratings
SELECT r.subscription_id, r.period_start, r.meter, r.terms, r.quantity, r.last_used_on, p.frozen_at
FROM usage_ratings r
JOIN billing_periods p ON p.subscription_id = r.subscription_id AND p.starts_at = r.period_start AND p.settled_at IS NULL
WHERE r.subscription_id = ANY (%(ids)s::uuid[])
ORDER BY r.subscription_id, r.period_start, r.terms, r.meter;

-- name: booked
-- On invoices that are no drafts, those that were dropped as drafts too; less what credit notes settled.
SELECT b.subscription_id, b.period_start, b.meter, b.terms, b.tier, sum(b.units)::bigint AS units, sum(b.amount) AS amount
FROM (
  SELECT v.subscription_id, i.period_start, i.meter, i.terms, i.tier, (i.metadata ->> 'units')::bigint AS units, i.amount
  FROM invoices v JOIN invoice_items i ON i.invoice_id = v.id
  WHERE v.subscription_id = ANY (%(ids)s::uuid[]) AND v.status <> 'draft' AND i.meter IS NOT NULL
  UNION ALL
  SELECT v.subscription_id, n.period_start, n.meter, n.terms, n.tier, 0, -n.subtotal
  FROM invoices v JOIN credit_notes n ON n.invoice_id = v.id
  WHERE v.subscription_id = ANY (%(ids)s::uuid[]) AND n.meter IS NOT NULL
) b
JOIN billing_periods p ON p.subscription_id = b.subscription_id AND p.starts_at = b.period_start AND p.settled_at IS NULL
GROUP BY 1, 2, 3, 4, 5;

-- name: pending
SELECT q.* FROM (
  SELECT p.id, p.user_id, p.subscription_id, p.type, p.description, p.currency, p.starts_on, p.ends_on, p.due_at,
         p.metadata -> 'wording' AS wording,
         pending_left(p.id) AS remaining
  FROM pending_items p WHERE p.subscription_id = ANY (%(ids)s::uuid[])
) q
WHERE q.remaining <> 0 ORDER BY q.subscription_id, q.due_at, q.remaining, q.id;

-- name: sequence
SELECT coalesce(max(sequence), -1) + 1 AS next FROM invoices
WHERE subscription_id = %(id)s::uuid AND period_start = %(period_start)s::timestamptz AND kind = 'usage';

-- name: drop_items
DELETE FROM invoice_items WHERE invoice_id = ANY (%(ids)s::uuid[]);

-- name: write_items
INSERT INTO invoice_items (id, invoice_id, position, type, description, quantity, unit_price, amount, currency, starts_on, ends_on,
  tax_category, tax_rate, period_start, meter, terms, tier, pending_id, metadata)
SELECT id, invoice_id, position, type, description, quantity, unit_price, amount, currency, starts_on, ends_on, tax_category,
       tax_rate, period_start, meter, terms, tier, pending_id, metadata
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id UUID, invoice_id UUID, position INT, type TEXT, description TEXT, quantity BIGINT,
  unit_price NUMERIC, amount NUMERIC, currency TEXT, starts_on DATE, ends_on DATE, tax_category TEXT, tax_rate NUMERIC,
  period_start TIMESTAMPTZ, meter TEXT, terms TEXT, tier INT, pending_id UUID, metadata JSONB);

-- name: write_drafts
UPDATE invoices v SET items = r.items, tax_groups = r.tax_groups, subtotal = r.subtotal, tax = r.tax, total = r.subtotal + r.tax,
  draft_reason = r.draft_reason, issue_date = %(now)s::timestamptz, due_date = %(now)s::timestamptz, metadata = v.metadata || r.metadata
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id UUID, items JSONB, tax_groups JSONB, subtotal NUMERIC, tax NUMERIC,
  draft_reason TEXT, metadata JSONB)
WHERE v.id = r.id AND v.status = 'draft';

-- name: drop_drafts
DELETE FROM invoices WHERE id = ANY (%(ids)s::uuid[]) AND status = 'draft';

-- name: settle
UPDATE billing_periods p SET settled_at = %(now)s::timestamptz
WHERE p.subscription_id = ANY (%(ids)s::uuid[]) AND p.frozen_at IS NOT NULL AND p.settled_at IS NULL
  AND NOT (p.subscription_id, p.starts_at) IN (
    SELECT o.subscription_id, o.period_start FROM jsonb_to_recordset(%(open)s::jsonb) AS o (subscription_id UUID, period_start TIMESTAMPTZ)
  );

-- name: waive
UPDATE invoices SET status = 'cancelled', draft_reason = NULL WHERE id = %(id)s::uuid AND status = 'draft';
