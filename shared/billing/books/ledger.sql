-- What moved the books, a row for each entry, in order; and what fees are recognised by.

-- name: deferring
SELECT f.currency, f.facts FROM deferring_invoices(%(now)s::timestamptz, %(today)s::date - 1) f;

-- name: movements
-- Days are those of the invoice's seller as it keeps them, else of the seller's zone now. `facts` are what recognition needs of
-- an invoice, or what was exchanged; `after` is the last day that was recognised before.
WITH zone AS (
  SELECT coalesce((SELECT s.zone FROM seller s), 'UTC') AS zone
), issued AS (
  SELECT i.id, i.number, i.currency, i.subtotal, i.tax, i.total, i.issue_date AS at, z.zone,
         (i.issue_date AT TIME ZONE z.zone)::date AS day, coalesce(i.metadata -> 'customerInfo' ->> 'name', u.email) AS payee
  FROM invoices i
  JOIN users u ON u.id = i.user_id
  CROSS JOIN LATERAL (SELECT coalesce(i.seller ->> 'zone', 'UTC') AS zone) z
  WHERE i.number !~ '^DRAFT-' AND i.issue_date <= %(now)s::timestamptz
), noted AS (
  SELECT n.*, i.number AS invoice, i.payee, i.zone, (n.issue_date AT TIME ZONE i.zone)::date AS day
  FROM credit_notes n JOIN issued i ON i.id = n.invoice_id
  WHERE n.issue_date <= %(now)s::timestamptz
), deferring AS (
  SELECT f.* FROM deferring_invoices(%(now)s::timestamptz, %(since)s::date) f
), swept AS (
  SELECT c.id, c.currency, c.amount, coalesce(c.voided_at, c.expires_at) AS at, c.voided_at IS NOT NULL AS voided, u.email AS payee
  FROM credits c JOIN users u ON u.id = c.user_id
  WHERE coalesce(c.voided_at, c.expires_at) <= %(now)s::timestamptz
), paid_out AS (
  -- `at` is when it went, null while it is reserved; `returned_at`, when it came back, or was free again.
  SELECT o.id, o.credit_id, o.currency, o.amount, i.number AS invoice, i.zone, i.payee,
         greatest(o.created_at, r.completed_at) AS at, coalesce(r.failed_at, r.completed_at, o.created_at) AS returned_at,
         r.status = 'failed' AS is_back, r.completed_at IS NOT NULL AS went
  FROM credit_payouts o JOIN refunds r ON r.id = o.refund_id JOIN payments p ON p.id = r.payment_id JOIN issued i ON i.id = p.invoice_id
  UNION ALL
  SELECT o.id, o.credit_id, o.currency, o.amount, i.number, i.zone, i.payee, greatest(o.created_at, d.taken_at),
         greatest(o.created_at, d.taken_at, d.returned_at), d.state = 'won', TRUE
  FROM credit_payouts o JOIN disputes d ON d.id = o.dispute_id JOIN payments p ON p.id = d.payment_id JOIN issued i ON i.id = p.invoice_id
  WHERE d.state IN ('open', 'lost', 'won') AND d.taken_at IS NOT NULL
), went_back AS (
  SELECT r.payment_id, 'refund' AS kind, r.id, r.completed_at AS at, r.amount FROM refunds r WHERE r.completed_at IS NOT NULL
  UNION ALL
  SELECT r.payment_id, 'refund_failed', r.id, coalesce(r.failed_at, r.completed_at), -r.amount
  FROM refunds r WHERE r.completed_at IS NOT NULL AND r.status = 'failed'
  UNION ALL
  SELECT d.payment_id, 'dispute', d.id, d.taken_at, d.amount
  FROM disputes d WHERE d.state IN ('open', 'lost', 'won') AND d.taken_at IS NOT NULL
  UNION ALL
  SELECT d.payment_id, 'dispute_won', d.id, coalesce(d.returned_at, d.taken_at), -d.amount
  FROM disputes d WHERE d.state = 'won' AND d.taken_at IS NOT NULL
), reversed AS (
  -- What went back of a payment before, and with it: a bank may take back what was refunded too, and that is nobody's debt.
  SELECT b.*, sum(b.amount) OVER (
           PARTITION BY b.payment_id ORDER BY b.at, array_position(%(kinds)s::text[], b.kind), b.id ROWS UNBOUNDED PRECEDING
         ) AS so_far
  FROM went_back b
), changed AS (
  -- What came back to a credit, and when.
  SELECT b.credit_id, b.id::text AS id, -b.amount AS amount, greatest(b.created_at, i.at) AS at
  FROM credit_burns b JOIN issued i ON i.id = b.invoice_id WHERE b.amount < 0
  UNION ALL
  SELECT o.credit_id, o.id::text, o.amount, o.returned_at FROM paid_out o WHERE o.is_back
), ours AS (
  -- What lines of balances may be of.
  SELECT p.provider, 'payment' AS kind, p.provider_transaction_id AS source, p.currency, sum(p.amount) AS amount
  FROM payments p WHERE p.status IN ('completed', 'refunded') GROUP BY 1, 3, 4
  UNION ALL
  SELECT p.provider, 'refund', r.provider_refund_id, r.currency, r.amount FROM refunds r JOIN payments p ON p.id = r.payment_id
  UNION ALL
  SELECT p.provider, 'dispute', d.provider_dispute_id, d.currency, d.amount
  FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE d.state <> 'inquiry'
), moved AS (
  SELECT 'grant' AS kind, c.id::text AS id, c.created_at AS at, (c.created_at AT TIME ZONE z.zone)::date AS day, c.type AS reference,
         NULL AS invoice, u.email AS payee, c.currency, c.amount, 0::numeric AS tax, NULL AS provider,
         NULL::date AS after, NULL::jsonb AS facts
  FROM credits c JOIN users u ON u.id = c.user_id CROSS JOIN zone z
  WHERE c.credit_note_id IS NULL AND c.payment_id IS NULL
  UNION ALL
  SELECT 'invoice', i.id::text, i.at, i.day, i.number, i.number, i.payee, i.currency, i.total, i.tax, NULL, NULL, f.facts
  FROM issued i LEFT JOIN deferring f ON f.invoice_id = i.id WHERE i.total <> 0 OR f.invoice_id IS NOT NULL
  UNION ALL
  SELECT CASE WHEN b.amount > 0 THEN 'burn' ELSE 'burn_returned' END, b.id::text, x.at, (x.at AT TIME ZONE i.zone)::date, i.number,
         i.number, i.payee, b.currency, b.amount, 0, NULL, NULL, NULL
  FROM credit_burns b JOIN issued i ON i.id = b.invoice_id CROSS JOIN LATERAL (SELECT greatest(b.created_at, i.at) AS at) x
  UNION ALL
  SELECT 'credit_note', n.id::text, n.issue_date, n.day, n.number, n.invoice, n.payee, n.currency, n.total, n.tax, NULL, NULL, f.facts
  FROM noted n LEFT JOIN deferring f ON f.invoice_id = n.invoice_id
  UNION ALL
  SELECT 'refund_credit', c.id::text, x.at, (x.at AT TIME ZONE n.zone)::date, n.number, n.invoice, n.payee, c.currency, c.amount, 0, NULL,
         NULL, NULL
  FROM credits c JOIN noted n ON n.id = c.credit_note_id CROSS JOIN LATERAL (SELECT greatest(c.created_at, n.issue_date) AS at) x
  UNION ALL
  SELECT 'overpaid', c.id::text, x.at, (x.at AT TIME ZONE i.zone)::date, i.number, i.number, i.payee, c.currency, c.amount, 0, p.provider,
         NULL, NULL
  FROM credits c JOIN payments p ON p.id = c.payment_id JOIN issued i ON i.id = p.invoice_id
  CROSS JOIN LATERAL (SELECT greatest(c.created_at, i.at) AS at) x
  UNION ALL
  SELECT 'payment', p.id::text, x.at, (x.at AT TIME ZONE i.zone)::date, i.number, i.number, i.payee, p.currency, p.amount, 0, p.provider,
         NULL, NULL
  FROM payments p JOIN issued i ON i.id = p.invoice_id
  CROSS JOIN LATERAL (SELECT greatest(coalesce(p.processed_at, p.created_at), i.at) AS at) x
  WHERE p.status IN ('completed', 'refunded')
  UNION ALL
  -- `tax` is what of it is owed again.
  SELECT b.kind, b.id::text, b.at, (b.at AT TIME ZONE i.zone)::date, i.number, i.number, i.payee, p.currency, b.amount,
         least(b.so_far, p.amount) - least(b.so_far - b.amount, p.amount), p.provider, NULL, NULL
  FROM reversed b JOIN payments p ON p.id = b.payment_id JOIN issued i ON i.id = p.invoice_id
  UNION ALL
  SELECT k.kind, o.id::text, k.at, (k.at AT TIME ZONE o.zone)::date, o.invoice, o.invoice, o.payee, o.currency, o.amount, 0, NULL, NULL,
         NULL
  FROM paid_out o
  CROSS JOIN LATERAL (VALUES ('paid_out', o.at, TRUE), ('paid_out_returned', o.returned_at, o.is_back)) AS k (kind, at, is_so)
  WHERE o.went AND k.is_so
  UNION ALL
  -- What was left of a credit as its time was over, and what came back to it after that.
  SELECT CASE WHEN s.voided THEN 'voided' ELSE 'expired' END, l.id, l.at, (l.at AT TIME ZONE z.zone)::date, NULL, NULL, s.payee, s.currency,
         l.amount, 0, NULL, NULL, NULL
  FROM swept s CROSS JOIN zone z
  JOIN (
    SELECT s.id AS credit_id, s.id::text AS id, s.at,
           s.amount - coalesce(b.amount, 0) - coalesce(o.amount, 0) + coalesce(c.amount, 0) AS amount
    FROM swept s
    LEFT JOIN (SELECT credit_id, sum(amount) AS amount FROM credit_burns WHERE amount > 0 GROUP BY credit_id) b ON b.credit_id = s.id
    LEFT JOIN (SELECT credit_id, sum(amount) AS amount FROM paid_out GROUP BY credit_id) o ON o.credit_id = s.id
    LEFT JOIN (
      SELECT c.credit_id, sum(c.amount) AS amount FROM changed c JOIN swept s ON s.id = c.credit_id WHERE c.at < s.at GROUP BY c.credit_id
    ) c ON c.credit_id = s.id
    UNION ALL
    SELECT c.credit_id, c.id, c.at, c.amount FROM changed c JOIN swept s ON s.id = c.credit_id WHERE c.at >= s.at
  ) l ON l.credit_id = s.id
  WHERE l.amount <> 0
  UNION ALL
  -- Wise is a bank: what else was moved there is no business of these books.
  SELECT b.kind || '_line', b.provider || ' ' || b.provider_id, b.happened_at, (b.happened_at AT TIME ZONE z.zone)::date, b.provider_id, NULL,
         NULL, b.currency, b.amount, b.fee, b.provider, NULL, NULL
  FROM balance_transactions b CROSS JOIN zone z
  WHERE CASE WHEN b.kind IN ('payment', 'refund', 'dispute') THEN b.fee <> 0 ELSE b.provider <> 'wise' END
  UNION ALL
  -- A line in another currency than what it is of: the provider exchanged it.
  SELECT 'conversion', b.provider || ' ' || b.provider_id, b.happened_at, (b.happened_at AT TIME ZONE z.zone)::date, b.provider_id, NULL,
         NULL, b.currency, b.amount, 0, b.provider, NULL,
         jsonb_build_object('currency', o.currency, 'amount', (sign(b.amount) * o.amount)::text)
  FROM balance_transactions b
  JOIN ours o ON o.provider = b.provider AND o.kind = b.kind AND o.source = b.source AND o.currency <> b.currency
  CROSS JOIN zone z
  UNION ALL
  SELECT 'end', i.id::text, f.ended_at, f.ended_on, i.number, i.number, i.payee, i.currency, 0, 0, NULL, NULL, f.facts
  FROM deferring f JOIN issued i ON i.id = f.invoice_id WHERE f.ended_at > i.at AND f.ends_on > f.ended_on
  UNION ALL
  SELECT 'recognition', i.id::text, NULL, m.upto, i.number, i.number, i.payee, i.currency, 0, 0, NULL, m.after, f.facts
  FROM deferring f JOIN issued i ON i.id = f.invoice_id
  CROSS JOIN LATERAL (
    SELECT greatest(m::date - 1, %(since)s::date - 1) AS after,
           least((m + interval '1 month')::date - 1, %(until)s::date) AS upto
    FROM generate_series(
      date_trunc('month', greatest(f.issued_on, %(since)s::date)::timestamp),
      least(f.ends_on - 1, f.ended_on, %(until)s::date)::timestamp,
      interval '1 month'
    ) m
  ) m
)
SELECT m.kind, m.id, m.at, m.day, m.reference, m.invoice, m.payee, m.currency, m.amount, m.tax, m.provider, m.after, m.facts
FROM moved m
WHERE m.day BETWEEN %(since)s::date AND %(until)s::date AND (m.at IS NULL OR m.at <= %(now)s::timestamptz)
ORDER BY m.day, array_position(%(kinds)s::text[], m.kind), m.at, m.reference, m.id, m.amount;
