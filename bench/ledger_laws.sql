-- What the ledger has to agree with, from the rows themselves.

-- name: dues
SELECT i.number, i.currency, d.due FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d WHERE i.number !~ '^DRAFT-' AND d.due <> 0;

-- name: credits
-- What is left of them, reserved for a refund or not.
SELECT c.currency, sum(c.amount - coalesce(b.amount, 0) - coalesce(o.amount, 0)) AS amount
FROM credits c
LEFT JOIN (SELECT credit_id, sum(amount) AS amount FROM credit_burns GROUP BY credit_id) b ON b.credit_id = c.id
LEFT JOIN (
  SELECT o.credit_id, sum(o.amount) AS amount
  FROM credit_payouts o LEFT JOIN refunds r ON r.id = o.refund_id LEFT JOIN disputes d ON d.id = o.dispute_id
  WHERE r.status IN ('pending', 'completed') OR d.state IN ('open', 'lost') GROUP BY o.credit_id
) o ON o.credit_id = c.id
WHERE c.voided_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > %(now)s::timestamptz)
GROUP BY c.currency;

-- name: reserved
SELECT o.currency, sum(o.amount) AS amount FROM credit_payouts o JOIN refunds r ON r.id = o.refund_id
WHERE r.status = 'pending' GROUP BY o.currency;

-- name: taxes
SELECT currency, sum(tax) AS amount
FROM (SELECT currency, tax FROM invoices WHERE number !~ '^DRAFT-' UNION ALL SELECT currency, -tax FROM credit_notes) t GROUP BY currency;

-- name: revenue
SELECT currency, sum(net) AS amount
FROM (SELECT currency, subtotal AS net FROM invoices WHERE number !~ '^DRAFT-' UNION ALL SELECT currency, -subtotal FROM credit_notes) t
GROUP BY currency;

-- name: balances
SELECT provider, currency, sum(amount - fee) AS amount FROM balance_transactions GROUP BY provider, currency;
