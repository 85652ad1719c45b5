-- name: due
-- With an invoice that has reached a step, and neither that nor a later one is done.
SELECT DISTINCT i.user_id
FROM invoices i
CROSS JOIN LATERAL (SELECT %(last)s::int - width_bucket(i.due_date, %(came)s::timestamptz[]) AS step) n
CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.status IN ('sent', 'overdue') AND n.step >= 0 AND d.due > 0
  AND NOT EXISTS (SELECT FROM dunning_steps t WHERE t.invoice_id = i.id AND t.step >= n.step)
ORDER BY i.user_id;

-- name: unpaid
-- Of nothing that is underway, or that a bank took back, anybody is reminded.
SELECT i.id, i.user_id, i.number, i.currency, i.due_date, d.due, o.action_url, l.url AS method_url,
       ARRAY(SELECT step FROM dunning_steps t WHERE t.invoice_id = i.id) AS done,
       coalesce(c.pauses, TRUE) AND EXISTS (
         SELECT FROM subscriptions s JOIN billing_periods p ON p.subscription_id = s.id
         WHERE s.user_id = i.user_id AND s.status = 'active'
       ) AS pauses
FROM invoices i
CROSS JOIN LATERAL invoice_due(i.id) d
LEFT JOIN customers c ON c.user_id = i.user_id
LEFT JOIN payments o ON o.invoice_id = i.id AND o.status IN ('pending', 'processing')
LEFT JOIN LATERAL (
  SELECT url FROM method_links l
  WHERE l.user_id = i.user_id AND l.method_id IS NULL AND l.url IS NOT NULL AND l.expires_at > %(now)s::timestamptz
  ORDER BY l.expires_at DESC LIMIT 1
) l ON TRUE
WHERE i.user_id = ANY (%(users)s::uuid[]) AND i.status IN ('sent', 'overdue') AND d.due > 0 AND NOT is_charged_back(i.id)
  AND (o.id IS NULL OR o.status = 'pending' AND o.action_url IS NOT NULL)
ORDER BY i.user_id, i.due_date, i.id;

-- name: reminded
INSERT INTO dunning_steps (invoice_id, step, did, reason, created_at)
SELECT invoice_id, step, 'reminded', reason, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (invoice_id UUID, step INT, reason TEXT);
