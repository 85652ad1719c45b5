-- Laws of payments: a statement finds what breaks one.

-- name: payments
SELECT p.id, p.invoice_id, i.number, i.total, p.amount, p.currency, p.status, p.refunded_amount, p.provider, p.origin, p.decline,
       p.provider_transaction_id AS transaction_id
FROM payments p JOIN invoices i ON i.id = p.invoice_id
ORDER BY p.created_at, p.id;

-- name: stuck
-- Whatever was asked is known two days later; only a page, a confirmation or a debit takes longer.
SELECT p.id, p.status, p.created_at, p.origin, p.link_id, p.action_url
FROM payments p
WHERE p.status = 'pending' AND p.action_url IS NULL AND p.created_at < %(now)s::timestamptz - interval '2 days'
   OR p.status = 'processing' AND p.created_at < %(now)s::timestamptz - interval '14 days'
   OR p.link_id IS NOT NULL AND p.status = 'pending' AND p.created_at < %(now)s::timestamptz - interval '4 days';

-- name: untold
SELECT * FROM provider_events WHERE status = 'waiting' AND received_at < %(now)s::timestamptz - interval '2 days';

-- name: unrefunded
SELECT r.* FROM refunds r JOIN payments p ON p.id = r.payment_id
WHERE r.status = 'pending' AND p.provider = 'stripe' AND r.created_at < %(now)s::timestamptz - interval '10 days';

-- name: unheard
-- What failed, or waits to be confirmed, was told in the run that saw it.
SELECT i.number, p.id, p.status, p.decline FROM payments p JOIN invoices i ON i.id = p.invoice_id
WHERE i.status IN ('sent', 'overdue') AND p.origin IN ('dunning', 'method', 'hand') AND (
  p.decline IN ('soft', 'hard', 'authentication')
    AND NOT EXISTS (SELECT FROM billing_alerts WHERE type = 'payment_failed' AND occasion LIKE '%%' || p.id)
  OR p.status = 'pending' AND p.action_url IS NOT NULL
    AND NOT EXISTS (SELECT FROM billing_alerts WHERE type = 'payment_confirmation' AND occasion LIKE '%%' || p.id)
);

-- name: twice_told
SELECT type, occasion, count(*) AS times FROM billing_alerts GROUP BY type, occasion HAVING count(*) > 1;

-- name: untimely
SELECT i.number, s.step, s.did, s.created_at, i.due_date
FROM dunning_steps s JOIN invoices i ON i.id = s.invoice_id
WHERE s.created_at < i.due_date + make_interval(days => (ARRAY[0, 3, 7, 14])[s.step + 1]) - interval '1 day';

-- name: step_payments
SELECT i.number, p.step, count(*) AS attempts FROM payments p JOIN invoices i ON i.id = p.invoice_id
WHERE p.origin = 'dunning' GROUP BY i.number, p.step HAVING count(*) > 1;

-- name: steps_without
SELECT p.id, p.step FROM payments p LEFT JOIN dunning_steps s ON s.invoice_id = p.invoice_id AND s.step = p.step AND s.payment_id = p.id
WHERE p.origin = 'dunning' AND s.step IS NULL;

-- name: not_paused
-- Past its last step, due, nothing open and no money taken back: then paused, unless the customer is not to be, or went on since.
SELECT i.number, i.user_id, t.created_at
FROM invoices i
JOIN dunning_steps t ON t.invoice_id = i.id AND t.step = 3 AND t.did <> 'not_attempted'
JOIN subscriptions s ON s.user_id = i.user_id AND s.status = 'active'
JOIN customers c ON c.user_id = i.user_id AND c.pauses
CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.status IN ('sent', 'overdue') AND d.due > 0 AND NOT is_charged_back(i.id)
  AND NOT EXISTS (SELECT FROM payments p WHERE p.invoice_id = i.id AND p.status IN ('pending', 'processing'))
  AND EXISTS (SELECT FROM billing_periods p WHERE p.subscription_id = s.id)
  AND NOT EXISTS (
    SELECT FROM subscription_spans x JOIN subscriptions o ON o.id = x.subscription_id
    WHERE o.user_id = i.user_id AND x.mode <> 'paused' AND x.starts_at >= t.created_at
  );

-- name: wrongly_paused
SELECT b.id, b.user_id FROM subscriptions b
WHERE b.status = 'paused' AND b.pause_reason = 'dunning' AND NOT EXISTS (
  SELECT FROM invoices i JOIN dunning_steps s ON s.invoice_id = i.id AND s.step = 3
  CROSS JOIN LATERAL invoice_due(i.id) d
  WHERE i.user_id = b.user_id AND i.status IN ('sent', 'overdue') AND d.due > 0
);

-- name: defaults
SELECT user_id, count(*) FILTER (WHERE is_default) AS defaults FROM payment_methods WHERE removed_at IS NULL
GROUP BY user_id HAVING count(*) FILTER (WHERE is_default) <> 1;

-- name: paid_out
SELECT c.id, c.amount, b.burnt, credit_paid_out(c.id) AS paid_out
FROM credits c CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS burnt FROM credit_burns WHERE credit_id = c.id) b
WHERE b.burnt + credit_paid_out(c.id) > c.amount;

-- name: reversed
-- A bank may take what was refunded a second time: that is no part of the payment.
SELECT p.id, p.status, p.amount, p.refunded_amount, payment_reversed(p.id) AS reversed FROM payments p
WHERE p.status IN ('completed', 'refunded')
  AND (p.refunded_amount <> least(p.amount, payment_reversed(p.id)) OR (p.status = 'refunded') <> (p.refunded_amount >= p.amount));

-- name: transfers
SELECT t.id, t.amount, sum(p.amount) AS paid
FROM bank_transfers t LEFT JOIN payments p ON p.provider = t.provider AND p.provider_transaction_id = t.provider_transaction_id
GROUP BY t.id HAVING (t.status = 'matched') <> (coalesce(sum(p.amount), 0) = t.amount) OR (t.status <> 'matched' AND count(p.id) > 0);
