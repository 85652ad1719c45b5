-- Refunds as rows.

-- name: refunds
SELECT r.*, p.provider, p.provider_transaction_id, p.user_id, p.invoice_id, i.number, u.email AS "user", n.number AS credit_note, coalesce(n.total, 0) AS noted,
       coalesce(i.seller ->> 'zone', 'UTC') AS zone,
       (SELECT coalesce(sum(o.amount), 0) FROM credit_payouts o WHERE o.refund_id = r.id) AS paid_out
FROM refunds r
JOIN payments p ON p.id = r.payment_id
JOIN invoices i ON i.id = p.invoice_id
JOIN users u ON u.id = p.user_id
LEFT JOIN credit_notes n ON n.id = r.credit_note_id
WHERE (%(id)s::uuid IS NULL OR r.id = %(id)s::uuid)
  AND (%(payment_id)s::uuid IS NULL OR r.payment_id = %(payment_id)s::uuid)
  AND (%(user_id)s::uuid IS NULL OR p.user_id = %(user_id)s::uuid)
  AND (%(invoice_id)s::uuid IS NULL OR p.invoice_id = %(invoice_id)s::uuid)
  AND (%(status)s::text IS NULL OR r.status = %(status)s::text)
  AND (%(provider)s::text IS NULL OR p.provider = %(provider)s::text)
ORDER BY r.created_at DESC, r.id;

-- name: add
INSERT INTO refunds (id, payment_id, amount, currency, reason, provider_refund_id, idempotency_key, created_at)
VALUES (%(id)s::uuid, %(payment_id)s::uuid, %(amount)s::numeric, %(currency)s::text, %(reason)s::text, %(provider_refund_id)s::text,
        %(key)s::text, %(now)s::timestamptz);

-- name: seen
-- What a provider's refund is to us; what failed without an id there never was this one.
SELECT id FROM refunds
WHERE payment_id = %(payment_id)s::uuid
  AND (provider_refund_id = %(provider_refund_id)s::text
       OR id = %(id)s::uuid AND provider_refund_id IS NULL AND status <> 'failed')
ORDER BY provider_refund_id NULLS LAST LIMIT 1;

-- name: name
UPDATE refunds SET provider_refund_id = %(provider_refund_id)s::text, leased_until = NULL, failure_reason = NULL
WHERE id = %(id)s::uuid;

-- name: complete
UPDATE refunds SET status = 'completed', completed_at = %(at)s::timestamptz, leased_until = NULL, failure_reason = NULL,
  reference = coalesce(%(reference)s::text, reference), reason = coalesce(%(reason)s::text, reason)
WHERE id = %(id)s::uuid;

-- name: noted
UPDATE refunds SET credit_note_id = %(credit_note_id)s::uuid WHERE id = %(id)s::uuid;

-- name: fail
UPDATE refunds SET status = 'failed', failed_at = %(now)s::timestamptz, failure_reason = %(reason)s::text, leased_until = NULL
WHERE id = %(id)s::uuid;

-- name: unasked
SELECT id FROM refunds
WHERE payment_id = %(payment_id)s::uuid AND status = 'pending' AND idempotency_key IS NOT NULL AND asked_at IS NULL;
