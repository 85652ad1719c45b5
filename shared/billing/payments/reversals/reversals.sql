-- What went back of a payment, and what that leaves.

-- name: payment
SELECT p.id, p.invoice_id, p.user_id, p.provider, p.provider_transaction_id, p.amount, p.currency, p.status, p.refunded_amount,
       p.processed_at, i.number, d.due, i.total - d.credited - invoice_reserved(i.id) AS creditable,
       payment_reversed(p.id) AS reversed, u.email AS "user", coalesce(i.seller ->> 'zone', 'UTC') AS zone,
       (SELECT coalesce(sum(amount), 0) FROM refunds WHERE payment_id = p.id AND status = 'pending') AS reserved,
       EXISTS (SELECT FROM disputes WHERE payment_id = p.id AND state = 'open') AS is_disputed,
       (SELECT d.id FROM disputes d WHERE d.payment_id = p.id AND d.state IN ('open', 'lost') ORDER BY d.taken_at DESC, d.id LIMIT 1) AS held_by
FROM payments p JOIN invoices i ON i.id = p.invoice_id JOIN users u ON u.id = p.user_id CROSS JOIN LATERAL invoice_due(i.id) d
WHERE p.id = %(id)s::uuid
FOR NO KEY UPDATE OF p;

-- name: restate
-- `reason` is why a bank has it, as long as it does.
UPDATE payments p SET refunded_amount = %(refunded)s::numeric, status = %(status)s::text,
  metadata = (p.metadata - 'reason') || coalesce((
    SELECT jsonb_build_object('reason', concat_ws(': ', d.kind, d.reason)) FROM disputes d
    WHERE d.payment_id = p.id AND d.state IN ('open', 'lost') ORDER BY d.taken_at DESC, d.id LIMIT 1
  ), '{}')
WHERE p.id = %(id)s::uuid;
