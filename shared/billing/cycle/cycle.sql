-- name: finish
INSERT INTO billing_runs (at, by_clock, counts) VALUES (%(now)s::timestamptz, %(by_clock)s::boolean, %(counts)s::jsonb);
