-- name: open_invoices
SELECT number, status FROM invoices WHERE user_id = %(user_id)s::uuid AND status IN ('draft', 'sent', 'overdue') ORDER BY issue_date, number;

-- name: open_payments
SELECT i.number, p.provider FROM payments p JOIN invoices i ON i.id = p.invoice_id
WHERE p.user_id = %(user_id)s::uuid AND p.status IN ('pending', 'processing') ORDER BY i.issue_date, i.number;

-- name: pending_refunds
SELECT r.amount, r.currency FROM refunds r JOIN payments p ON p.id = r.payment_id
WHERE p.user_id = %(user_id)s::uuid AND r.status = 'pending' ORDER BY r.created_at, r.id;

-- name: open_disputes
-- An inquiry may become one.
SELECT DISTINCT i.number FROM disputes d JOIN payments p ON p.id = d.payment_id JOIN invoices i ON i.id = p.invoice_id
WHERE p.user_id = %(user_id)s::uuid AND d.state IN ('inquiry', 'open') ORDER BY i.number;

-- name: undelivered_documents
-- That a run tried to deliver.
SELECT payload ->> 'number' AS number FROM outbox
WHERE user_id = %(user_id)s::uuid AND status IN ('waiting', 'failed') AND attempts > 0 AND payload ? 'number'
ORDER BY created_at, number;

-- name: live_subscription
SELECT plan, status FROM subscriptions WHERE user_id = %(user_id)s::uuid AND status IN ('active', 'paused');

-- name: unbilled_periods
-- Months of which more was used than is rated while they are not frozen, or more is rated than documents carry.
WITH spans AS (
  SELECT x.subscription_id, x.starts_at, x.mode, x.charges,
         lead(x.starts_at, 1, 'infinity') OVER (PARTITION BY x.subscription_id ORDER BY x.starts_at) AS ends_at
  FROM subscription_spans x JOIN subscriptions s ON s.id = x.subscription_id WHERE s.user_id = %(user_id)s::uuid
), used AS (
  SELECT p.subscription_id, p.starts_at, c.meter, sum(CASE c.meter WHEN 'tokens' THEN u.tokens_returned ELSE u.repeats END) AS quantity
  FROM billing_periods p
  JOIN spans x ON x.subscription_id = p.subscription_id AND x.starts_at < p.ends_at AND x.ends_at > p.starts_at AND x.mode = 'billed'
  CROSS JOIN LATERAL (SELECT DISTINCT charge ->> 'meter' AS meter FROM jsonb_array_elements(x.charges) AS j (charge)) c
  JOIN usage_logs u ON u.user_id = %(user_id)s::uuid
    AND u.created_at >= greatest(p.starts_at, x.starts_at) AND u.created_at < least(p.ends_at, x.ends_at)
    AND is_counted(u.tool_name, u.outcome)
  WHERE p.frozen_at IS NULL
  GROUP BY 1, 2, 3
), rated AS (
  SELECT r.subscription_id, r.period_start AS starts_at, r.meter, sum(r.quantity) AS quantity, sum(r.amount) AS amount,
         coalesce((SELECT sum(i.amount) FROM invoice_items i JOIN invoices v ON v.id = i.invoice_id
                   WHERE v.subscription_id = r.subscription_id AND i.period_start = r.period_start AND i.meter = r.meter), 0)
         - coalesce((SELECT sum(n.subtotal) FROM credit_notes n JOIN invoices v ON v.id = n.invoice_id
                     WHERE v.subscription_id = r.subscription_id AND n.period_start = r.period_start AND n.meter = r.meter), 0) AS booked
  FROM usage_ratings r JOIN billing_periods p ON p.subscription_id = r.subscription_id AND p.starts_at = r.period_start
  JOIN subscriptions s ON s.id = r.subscription_id
  WHERE s.user_id = %(user_id)s::uuid AND p.settled_at IS NULL
  GROUP BY 1, 2, 3
)
SELECT DISTINCT p.starts_on, p.ends_on
FROM used FULL JOIN rated USING (subscription_id, starts_at, meter)
JOIN billing_periods p USING (subscription_id, starts_at)
WHERE coalesce(used.quantity, 0) > coalesce(rated.quantity, 0) OR coalesce(rated.amount, 0) <> coalesce(rated.booked, 0)
ORDER BY p.starts_on;
