-- name: due
SELECT user_id FROM invoices WHERE status = 'draft' AND draft_reason IS NULL
UNION
SELECT user_id FROM pending_items WHERE amount < 0
ORDER BY user_id;
