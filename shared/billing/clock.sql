-- name: last_run
SELECT max(at) AS at, bool_or(by_clock) AS by_clock FROM billing_runs HAVING count(*) > 0;
