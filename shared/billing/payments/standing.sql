-- What is on its way, what failed and what nobody could place, by currency.

-- name: standing
SELECT 'in_flight' AS what, p.currency, count(*) AS count, sum(p.amount) AS amount
FROM payments p WHERE p.status IN ('pending', 'processing') GROUP BY p.currency
UNION ALL
SELECT 'failed', i.currency, count(*), sum(d.due)
FROM invoices i
CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.status IN ('sent', 'overdue') AND 'failed' = (
  SELECT p.status FROM payments p WHERE p.invoice_id = i.id ORDER BY p.created_at DESC, p.id DESC LIMIT 1
)
GROUP BY i.currency
UNION ALL
SELECT 'refunds_pending', r.currency, count(*), sum(r.amount) FROM refunds r WHERE r.status = 'pending' GROUP BY r.currency
UNION ALL
SELECT 'disputed', d.currency, count(*), sum(d.amount) FROM disputes d WHERE d.state IN ('inquiry', 'open') GROUP BY d.currency
UNION ALL
SELECT 'unmatched_transfers', t.currency, count(*), sum(t.amount) FROM bank_transfers t WHERE t.status = 'unmatched' GROUP BY t.currency
ORDER BY currency;

-- name: not_attempted
-- Invoices that are open, and that no provider took at their last step.
SELECT i.number, u.email AS "user", i.currency, d.due, s.reason, s.created_at AS at
FROM dunning_steps s
JOIN invoices i ON i.id = s.invoice_id
JOIN users u ON u.id = i.user_id
CROSS JOIN LATERAL invoice_due(i.id) d
WHERE s.did = 'not_attempted' AND i.status IN ('sent', 'overdue')
  AND NOT EXISTS (SELECT FROM dunning_steps t WHERE t.invoice_id = s.invoice_id AND t.step > s.step)
ORDER BY i.due_date, i.number;

-- name: events
SELECT count(*) FILTER (WHERE status = 'waiting') AS waiting, count(*) FILTER (WHERE status = 'unmatched') AS unmatched
FROM provider_events WHERE status IN ('waiting', 'unmatched');
