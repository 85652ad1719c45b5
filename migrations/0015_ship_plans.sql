-- The plans that Lectern comes with; an operator edits them, or adds others. Their first version is older than any subscription.

INSERT INTO plans (id, name, description, amount, interval, features, limits, created_at) VALUES
('free', 'Free', 'To try it, and to stay with for now and then.', 0, 'month',
 '["all libraries", "answers with sources"]',
 '{"requestsPerMonth": 1000, "tokensPerMonth": 2000000, "concurrentRequests": 2}', '2020-01-01T00:00Z'),
('basic', 'Basic', 'For one person who asks every day.', 9, 'month',
 '["all libraries", "answers with sources", "usage reports"]',
 '{"requestsPerMonth": 100000, "tokensPerMonth": 200000000, "concurrentRequests": 5}', '2020-01-01T00:00Z'),
('premium', 'Premium', 'For a team.', 49, 'month',
 '["all libraries", "answers with sources", "usage reports", "libraries of your own"]',
 '{"requestsPerMonth": 1000000, "tokensPerMonth": 2000000000, "concurrentRequests": 20}', '2020-01-01T00:00Z'),
('enterprise', 'Enterprise', 'For a company, without a cap.', 490, 'month',
 '["all libraries", "answers with sources", "usage reports", "libraries of your own", "a contact by name"]',
 '{"requestsPerMonth": null, "tokensPerMonth": null, "concurrentRequests": 100}', '2020-01-01T00:00Z');

INSERT INTO plan_versions (plan, version, features, limits, created_at)
SELECT id, version, features, limits, created_at FROM plans;

-- A year costs ten months. What is included, and what more costs, is a month's in both.
INSERT INTO plan_prices (plan, version, interval, currency, amount, is_default, charges)
SELECT p.id, p.version, i.interval, p.currency, p.amount * i.fees, i.interval = p.interval, c.charges::jsonb
FROM plans p
CROSS JOIN (VALUES ('month', 1), ('year', 10)) AS i (interval, fees)
JOIN (VALUES
  ('free', '[]'),
  ('basic', '[
    {"meter": "requests", "model": "unit", "included": 10000, "unit_price": "0.001"},
    {"meter": "tokens", "model": "unit", "included": 20000000, "unit_price": "0.0000005"}]'),
  ('premium', '[
    {"meter": "requests", "model": "graduated", "included": 50000, "tiers": [
      {"up_to": 200000, "unit_price": "0.0008"}, {"up_to": null, "unit_price": "0.0005"}]},
    {"meter": "tokens", "model": "volume", "included": 100000000, "tiers": [
      {"up_to": 400000000, "unit_price": "0.0000004"}, {"up_to": null, "unit_price": "0.0000003"}]}]'),
  ('enterprise', '[
    {"meter": "requests", "model": "graduated", "included": 500000, "tiers": [
      {"up_to": 2000000, "unit_price": "0.0004"}, {"up_to": null, "unit_price": "0.00025"}]},
    {"meter": "tokens", "model": "flat", "included": 1000000000, "amount": "390.00"}]')
) AS c (plan, charges) ON c.plan = p.id;
