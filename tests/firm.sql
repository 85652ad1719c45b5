-- The books as a reader sees them: no ids, no instants of writing, no order of numbers.

-- name: subscriptions
SELECT u.email, s.status, s.plan, s.current_period_start, s.current_period_end, s.next_boundary, s.ended_at
FROM subscriptions s JOIN users u ON u.id = s.user_id ORDER BY 1, 4;

-- name: periods
SELECT u.email, p.number, p.starts_at, p.ends_at, p.fee, p.frozen_at IS NOT NULL, p.late_rows
FROM billing_periods p JOIN subscriptions s ON s.id = p.subscription_id JOIN users u ON u.id = s.user_id ORDER BY 1, 3;

-- name: ratings
SELECT u.email, r.period_start, r.meter, r.terms, r.quantity, r.amount
FROM usage_ratings r JOIN subscriptions s ON s.id = r.subscription_id JOIN users u ON u.id = s.user_id ORDER BY 1, 2, 3, 4;

-- name: invoices
SELECT u.email, v.kind, v.period_start, v.sequence, v.status, v.subtotal, v.tax, v.total, v.draft_reason IS NULL
FROM invoices v JOIN users u ON u.id = v.user_id ORDER BY 1, 3, 2, 4;

-- name: items
SELECT u.email, v.kind, v.period_start, i.position, i.type, i.description, i.quantity, i.unit_price, i.amount, i.tax_rate
FROM invoice_items i JOIN invoices v ON v.id = i.invoice_id JOIN users u ON u.id = v.user_id ORDER BY 1, 3, 2, v.sequence, 4;

-- name: credit_notes
SELECT u.email, n.reason, n.subtotal, n.total FROM credit_notes n JOIN users u ON u.id = n.user_id ORDER BY 1, 2, 3;

-- name: burns
SELECT u.email, c.reason, b.amount FROM credit_burns b JOIN credits c ON c.id = b.credit_id JOIN users u ON u.id = c.user_id
ORDER BY 1, 2, 3;

-- name: credits
SELECT u.email, c.type, c.amount, c.used_at IS NULL FROM credits c JOIN users u ON u.id = c.user_id ORDER BY 1, 2, 3;

-- name: alerts
SELECT u.email, a.type, a.threshold, a.current_value FROM billing_alerts a JOIN users u ON u.id = a.user_id ORDER BY 1, 2, 3;

-- name: outbox
SELECT u.email, o.topic, count(*) FROM outbox o JOIN users u ON u.id = o.user_id GROUP BY 1, 2 ORDER BY 1, 2;

-- name: numbers
SELECT number FROM invoices WHERE status <> 'draft' UNION SELECT number FROM credit_notes ORDER BY 1;

-- name: limits
SELECT u.email, l.plan_month_requests, l.month_starts FROM user_limits l JOIN users u ON u.id = l.user_id ORDER BY 1;
