-- Drafts become invoices; what no invoice could take is credited.

-- name: ready
-- The users' drafts that can be sent, in the order of their numbers.
SELECT v.id, v.user_id, v.currency, v.subtotal, v.tax, v.total, v.items, v.tax_groups, v.period, v.metadata,
       EXISTS (SELECT FROM payment_methods m WHERE m.user_id = v.user_id AND m.is_default) AS has_method
FROM invoices v
WHERE v.user_id = ANY (%(users)s::uuid[]) AND v.status = 'draft' AND v.draft_reason IS NULL AND v.items <> '[]'
  AND (%(only)s::uuid IS NULL OR v.id = %(only)s::uuid)
ORDER BY v.closes_at, v.user_id, v.kind DESC, v.sequence, v.id;

-- name: hold
UPDATE invoices v SET draft_reason = r.reason
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id UUID, reason TEXT)
WHERE v.id = r.id AND v.status = 'draft';

-- name: send
UPDATE invoices v SET status = 'sent', number = r.number, issue_date = r.issue_date, due_date = r.due_date, seller = %(seller)s::jsonb,
  template_version = %(template_version)s::int
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id UUID, number TEXT, issue_date TIMESTAMPTZ, due_date TIMESTAMPTZ)
WHERE v.id = r.id;

-- name: pay
UPDATE invoices SET status = 'paid', paid_date = %(now)s::timestamptz WHERE id = ANY (%(ids)s::uuid[]);

-- name: excesses
-- Lines below zero that passed an invoice which could not take all of them.
SELECT q.id, q.user_id, q.subscription_id, q.type, q.description, q.currency, q.starts_on, q.ends_on, q.remaining,
       q.metadata -> 'wording' AS wording
FROM (
  SELECT p.*,
         pending_left(p.id) AS remaining
  FROM pending_items p JOIN subscriptions s ON s.id = p.subscription_id
  WHERE p.user_id = ANY (%(users)s::uuid[]) AND p.amount < 0
    AND p.due_at <= coalesce(s.ended_at, (SELECT max(b.starts_at) FROM billing_periods b WHERE b.subscription_id = s.id))
    AND NOT EXISTS (SELECT FROM invoices v WHERE v.subscription_id = p.subscription_id AND v.status = 'draft' AND v.closes_at >= p.due_at)
) q
WHERE q.remaining < 0 ORDER BY q.user_id, q.id;

-- name: creditable
-- Invoices of a subscription that a credit note may correct: first those that carry what it lowers, the usage or the days of a
-- fee; the newest first.
SELECT v.id, v.number, v.subtotal - coalesce((SELECT sum(n.subtotal) FROM credit_notes n WHERE n.invoice_id = v.id), 0)
         - invoice_reserved(v.id) AS room
FROM invoices v
WHERE v.subscription_id = %(subscription_id)s::uuid AND v.currency = %(currency)s::text AND v.status IN ('sent', 'overdue', 'paid')
ORDER BY EXISTS (
  SELECT FROM invoice_items i
  WHERE i.invoice_id = v.id AND i.amount > 0
    AND (i.period_start = %(period_start)s::timestamptz AND i.meter = %(meter)s::text
         OR i.type IN ('fee', 'proration') AND i.starts_on < %(ends_on)s::date AND i.ends_on > %(starts_on)s::date)
) DESC, v.closes_at DESC, v.id;
