-- What plans offered, and since when.

-- name: offered
SELECT v.plan, o.name, v.version, v.limits, v.created_at, p.interval, p.currency, p.amount, p.charges::text AS charges
FROM plan_versions v
JOIN plans o ON o.id = v.plan
JOIN plan_prices p ON p.plan = v.plan AND p.version = v.version
ORDER BY v.plan, v.version DESC;
