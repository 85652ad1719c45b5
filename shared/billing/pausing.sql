-- Whose subscription is to be paused, or to go on. An invoice too small to be charged pauses nobody, and neither does one whose
-- money a bank took back.

-- name: unpaid
-- Nothing is underway where a person has yet to confirm or to pay. What was resumed since the last step goes on.
SELECT DISTINCT i.user_id
FROM subscriptions s
JOIN invoices i ON i.user_id = s.user_id AND i.status IN ('sent', 'overdue')
JOIN dunning_steps t ON t.invoice_id = i.id AND t.step = %(last)s::int AND t.did <> 'not_attempted'
LEFT JOIN customers c ON c.user_id = i.user_id
CROSS JOIN LATERAL invoice_due(i.id) d
WHERE s.status = 'active' AND (%(users)s::uuid[] IS NULL OR s.user_id = ANY (%(users)s::uuid[]))
  AND coalesce(c.pauses, TRUE) AND d.due > 0 AND NOT is_charged_back(i.id)
  AND EXISTS (SELECT FROM billing_periods p WHERE p.subscription_id = s.id)
  AND NOT EXISTS (
    SELECT FROM payments p
    WHERE p.invoice_id = i.id AND (p.status = 'processing' OR p.status = 'pending' AND p.action_url IS NULL)
  )
  AND NOT EXISTS (
    SELECT FROM (
      SELECT x.starts_at, x.mode, lag(x.mode) OVER (ORDER BY x.starts_at) AS before
      FROM subscription_spans x JOIN subscriptions o ON o.id = x.subscription_id WHERE o.user_id = i.user_id
    ) x
    WHERE x.before = 'paused' AND x.mode <> 'paused' AND x.starts_at >= t.created_at
  )
ORDER BY i.user_id;

-- name: paid
SELECT s.user_id FROM subscriptions s LEFT JOIN customers c ON c.user_id = s.user_id
WHERE s.status = 'paused' AND s.pause_reason = 'dunning' AND (%(users)s::uuid[] IS NULL OR s.user_id = ANY (%(users)s::uuid[]))
  AND (NOT coalesce(c.pauses, TRUE) OR NOT EXISTS (
    SELECT FROM invoices i JOIN dunning_steps t ON t.invoice_id = i.id CROSS JOIN LATERAL invoice_due(i.id) d
    WHERE i.user_id = s.user_id AND i.status IN ('sent', 'overdue') AND t.step = %(last)s::int AND t.did <> 'not_attempted'
      AND d.due > 0 AND NOT is_charged_back(i.id)
  ))
ORDER BY s.user_id;
