-- What people and operators look at before they act.

-- name: owed
SELECT i.id, i.user_id, i.number, i.currency, i.status, i.due_date, d.due, is_charged_back(i.id) AS is_charged_back,
       (SELECT count(*) FROM payments p WHERE p.invoice_id = i.id AND p.status = 'failed' AND p.decline <> 'cancelled') AS failures,
       EXISTS (SELECT FROM bank_transfers t WHERE t.reference ILIKE '%%' || i.number || '%%') AS is_sent
FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.status IN ('sent', 'overdue') AND d.due > 0
ORDER BY i.number;

-- name: paid
SELECT p.id, p.user_id, p.amount, p.refunded_amount, p.currency, p.provider, i.number
FROM payments p JOIN invoices i ON i.id = p.invoice_id
WHERE p.user_id = %(user)s::uuid AND p.status = 'completed' AND p.amount > p.refunded_amount
ORDER BY i.number, p.processed_at DESC;

-- name: methods
SELECT id, is_default, provider_method_id FROM payment_methods WHERE user_id = %(user)s::uuid AND removed_at IS NULL ORDER BY created_at, id;

-- name: refunds_by_hand
SELECT r.id, r.payment_id, r.amount FROM refunds r JOIN payments p ON p.id = r.payment_id
WHERE r.status = 'pending' AND p.provider IN ('wise', 'manual') AND p.user_id = %(user)s::uuid;

-- name: unmatched
SELECT t.id, t.amount, t.currency FROM bank_transfers t WHERE t.status = 'unmatched' AND t.payer = %(payer)s::text;

-- name: told
SELECT record_provider_event(%(provider)s::text, %(event_id)s::text, %(type)s::text, %(object_id)s::text, NULL, %(happened_at)s::timestamptz,
                             '{}', %(now)s::timestamptz);
