-- name: due
SELECT user_id FROM invoices WHERE status = 'draft' AND draft_reason IS NULL
UNION
SELECT user_id FROM pending_items WHERE amount < 0
UNION
SELECT s.user_id FROM billing_periods p JOIN subscriptions s ON s.id = p.subscription_id
WHERE p.settled_at IS NULL AND p.frozen_at IS NOT NULL
ORDER BY user_id;
