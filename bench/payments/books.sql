-- name: sums
-- What accounts of the books are to say, summed from rows that they are not composed of where that is possible.
SELECT x.currency,
       (SELECT coalesce(sum(d.due), 0) FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
        WHERE i.currency = x.currency AND i.number !~ '^DRAFT-') AS due,
       (SELECT coalesce(sum(subtotal), 0) FROM invoices WHERE currency = x.currency AND number !~ '^DRAFT-')
         - (SELECT coalesce(sum(subtotal), 0) FROM credit_notes WHERE currency = x.currency) AS net,
       (SELECT coalesce(sum(tax), 0) FROM invoices WHERE currency = x.currency AND number !~ '^DRAFT-')
         - (SELECT coalesce(sum(tax), 0) FROM credit_notes WHERE currency = x.currency) AS tax,
       (SELECT coalesce(sum(c.amount - coalesce(b.amount, 0) - coalesce(o.amount, 0)), 0)
        FROM credits c
        LEFT JOIN (SELECT credit_id, sum(amount) AS amount FROM credit_burns GROUP BY credit_id) b ON b.credit_id = c.id
        LEFT JOIN (
          SELECT o.credit_id, sum(o.amount) AS amount
          FROM credit_payouts o LEFT JOIN refunds r ON r.id = o.refund_id LEFT JOIN disputes d ON d.id = o.dispute_id
          WHERE r.status = 'completed' OR d.state IN ('open', 'lost') GROUP BY o.credit_id
        ) o ON o.credit_id = c.id
        WHERE c.currency = x.currency AND c.voided_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > %(now)s::timestamptz)) AS credit,
       (SELECT coalesce(sum(amount - refunded_amount), 0) FROM payments
        WHERE currency = x.currency AND provider IN ('wise', 'manual') AND status IN ('completed', 'refunded')) AS transferred,
       (SELECT coalesce(-sum(amount), 0) FROM balance_transactions WHERE currency = x.currency AND kind = 'payout') AS paid_out
FROM (SELECT DISTINCT currency FROM invoices) x;
