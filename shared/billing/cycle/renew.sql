-- name: due
SELECT DISTINCT user_id FROM subscriptions WHERE next_boundary <= %(now)s::timestamptz ORDER BY user_id;
