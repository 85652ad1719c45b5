-- name: fee_invoice
-- The invoice that carries the fee of an interval, and what of its fee is not credited.
SELECT v.id, v.status, v.number,
       coalesce((SELECT sum(i.amount) FROM invoice_items i WHERE i.invoice_id = v.id AND i.type = 'fee'), 0) AS fee,
       coalesce((SELECT sum(n.subtotal) FROM credit_notes n WHERE n.invoice_id = v.id), 0) AS credited
FROM invoices v
WHERE v.subscription_id = %(subscription_id)s::uuid AND v.kind = 'renewal' AND v.period_start = %(period_start)s::timestamptz;

-- name: shown
SELECT s.id, u.email AS user, s.plan, s.status, s.current_period_start, s.current_period_end, s.cancel_at_period_end, s.amount,
       s.currency, s.interval, s.interval_count, s.trial_start, s.trial_end, s.zone, s.anchor, s.term_periods, s.next_plan,
       s.next_interval, s.next_interval_count, s.next_boundary, s.ended_at, s.pause_reason, s.created_at, s.updated_at
FROM subscriptions s JOIN users u ON u.id = s.user_id
WHERE (%(id)s::uuid IS NULL OR s.id = %(id)s::uuid) AND (%(status)s::text IS NULL OR s.status = %(status)s::text)
ORDER BY s.ended_at IS NOT NULL, u.email, s.created_at;

-- name: waiting
SELECT q.* FROM (
  SELECT p.id, p.type, p.description, p.currency, p.starts_on, p.ends_on, p.created_at,
         pending_left(p.id) AS amount
  FROM pending_items p WHERE p.subscription_id = %(id)s::uuid
) q
WHERE q.amount <> 0 ORDER BY q.created_at, q.amount, q.id;
