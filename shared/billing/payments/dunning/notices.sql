-- What people have yet to hear of payments and methods.

-- name: candidates
SELECT p.user_id FROM payments p JOIN invoices i ON i.id = p.invoice_id JOIN users u ON u.id = p.user_id
WHERE i.status IN ('sent', 'overdue') AND u.removed_at IS NULL AND p.origin IN ('dunning', 'method', 'hand')
  AND (p.decline IN ('soft', 'hard', 'authentication')
       AND NOT EXISTS (SELECT FROM billing_alerts a WHERE a.occasion = concat_ws('/', 'failed', p.id))
    OR p.status = 'pending' AND p.action_url IS NOT NULL
       AND NOT EXISTS (SELECT FROM billing_alerts a WHERE a.occasion = concat_ws('/', 'confirm', p.id)))
UNION
SELECT m.user_id FROM payment_methods m JOIN users u ON u.id = m.user_id JOIN subscriptions s ON s.user_id = m.user_id
WHERE m.is_default AND m.removed_at IS NULL AND u.removed_at IS NULL AND s.ended_at IS NULL
  AND make_date(m.expiry_year, m.expiry_month, 1) <= %(today)s::date
  AND NOT EXISTS (
    SELECT FROM billing_alerts a
    WHERE a.occasion = concat_ws('/', 'expiring', m.id, to_char(make_date(m.expiry_year, m.expiry_month, 1), 'YYYY-MM'))
  )
ORDER BY user_id;

-- name: payments
SELECT p.id, p.invoice_id, p.user_id, p.amount, p.currency, p.decline, p.failure_reason, p.action_url, i.number, i.due_date,
       m.type AS method_type, m.brand, m.last_four, l.url AS method_url,
       ARRAY(SELECT step FROM dunning_steps t WHERE t.invoice_id = i.id) AS done,
       EXISTS (SELECT FROM subscriptions s WHERE s.user_id = p.user_id AND s.pause_reason IS NOT NULL) AS is_paused
FROM payments p
JOIN invoices i ON i.id = p.invoice_id
LEFT JOIN payment_methods m ON m.id = p.method_id
LEFT JOIN LATERAL (
  SELECT url FROM method_links l
  WHERE l.user_id = p.user_id AND l.method_id IS NULL AND l.url IS NOT NULL AND l.expires_at > %(now)s::timestamptz
  ORDER BY l.expires_at DESC LIMIT 1
) l ON TRUE
WHERE p.user_id = ANY (%(users)s::uuid[]) AND i.status IN ('sent', 'overdue') AND p.origin IN ('dunning', 'method', 'hand')
  AND (p.decline IN ('soft', 'hard', 'authentication')
       AND NOT EXISTS (SELECT FROM billing_alerts a WHERE a.occasion = concat_ws('/', 'failed', p.id))
    OR p.status = 'pending' AND p.action_url IS NOT NULL
       AND NOT EXISTS (SELECT FROM billing_alerts a WHERE a.occasion = concat_ws('/', 'confirm', p.id)))
ORDER BY p.user_id, p.created_at, p.id;

-- name: methods
SELECT m.*, l.url AS method_url
FROM payment_methods m
JOIN subscriptions s ON s.user_id = m.user_id AND s.ended_at IS NULL
LEFT JOIN LATERAL (
  SELECT url FROM method_links l
  WHERE l.user_id = m.user_id AND l.method_id IS NULL AND l.url IS NOT NULL AND l.expires_at > %(now)s::timestamptz
  ORDER BY l.expires_at DESC LIMIT 1
) l ON TRUE
WHERE m.user_id = ANY (%(users)s::uuid[]) AND m.is_default AND m.removed_at IS NULL
  AND make_date(m.expiry_year, m.expiry_month, 1) <= %(today)s::date
ORDER BY m.user_id;
