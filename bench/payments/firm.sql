-- name: totals
SELECT (SELECT count(*) FROM invoices WHERE number !~ '^DRAFT-') AS invoices,
       (SELECT jsonb_object_agg(x.what, x.count) FROM (
          SELECT origin || ' ' || status || coalesce(' ' || decline, '') AS what, count(*) FROM payments GROUP BY 1) x) AS payments,
       (SELECT jsonb_object_agg(x.what, x.count) FROM (SELECT status AS what, count(*) FROM invoices GROUP BY 1) x) AS standing,
       (SELECT jsonb_object_agg(x.what, x.count) FROM (SELECT status AS what, count(*) FROM refunds GROUP BY 1) x) AS refunds,
       (SELECT jsonb_object_agg(x.what, x.count) FROM (SELECT kind || ' ' || state AS what, count(*) FROM disputes GROUP BY 1) x) AS disputes,
       (SELECT jsonb_object_agg(x.what, x.count) FROM (SELECT type AS what, count(*) FROM billing_alerts GROUP BY 1) x) AS alerts,
       (SELECT jsonb_object_agg(x.what, x.count) FROM (SELECT did AS what, count(*) FROM dunning_steps GROUP BY 1) x) AS steps,
       (SELECT jsonb_object_agg(x.what, x.count) FROM (SELECT status AS what, count(*) FROM bank_transfers GROUP BY 1) x) AS transfers,
       (SELECT jsonb_object_agg(x.what, x.count) FROM (SELECT status AS what, count(*) FROM provider_events GROUP BY 1) x) AS events_kept,
       (SELECT count(*) FROM subscriptions WHERE pause_reason = 'dunning') AS paused_now;

-- name: end
-- What is the same whatever was lost or killed.
SELECT i.number, i.status, i.total, d.due, d.paid - d.refunded AS kept FROM invoices i CROSS JOIN LATERAL invoice_due(i.id) d
WHERE i.number !~ '^DRAFT-' ORDER BY i.number;

-- name: history
-- All rows about an invoice, as JSON, in the order in which they were written.
WITH bill AS (SELECT * FROM invoices WHERE number = %(number)s::text), paid AS (
  SELECT p.* FROM payments p JOIN bill ON bill.id = p.invoice_id
), noted AS (
  SELECT n.* FROM credit_notes n JOIN bill ON bill.id = n.invoice_id
), lent AS (
  SELECT c.* FROM credits c WHERE c.credit_note_id IN (SELECT id FROM noted) OR c.payment_id IN (SELECT id FROM paid)
     OR c.id IN (SELECT credit_id FROM credit_burns b JOIN bill ON bill.id = b.invoice_id)
)
SELECT x.what, x.at, jsonb_strip_nulls(x.was) AS was FROM (
  SELECT 'invoice' AS what, issue_date AS at, to_jsonb(bill) - '{items,seller,tax_groups,metadata}'::text[] AS was FROM bill
  UNION ALL SELECT 'payment', created_at, to_jsonb(paid) FROM paid
  UNION ALL SELECT 'refund', r.created_at, to_jsonb(r) FROM refunds r JOIN paid ON paid.id = r.payment_id
  UNION ALL SELECT 'dispute', d.opened_at, to_jsonb(d) FROM disputes d JOIN paid ON paid.id = d.payment_id
  UNION ALL SELECT 'credit note', created_at, to_jsonb(noted) - '{items,tax_groups,metadata}'::text[] FROM noted
  UNION ALL SELECT 'credit', created_at, to_jsonb(lent) FROM lent
  UNION ALL SELECT 'burn', b.created_at, to_jsonb(b) FROM credit_burns b
    WHERE b.credit_id IN (SELECT id FROM lent) OR b.invoice_id = (SELECT id FROM bill)
  UNION ALL SELECT 'payout', o.created_at, to_jsonb(o) FROM credit_payouts o WHERE o.credit_id IN (SELECT id FROM lent)
  UNION ALL SELECT 'step', s.created_at, to_jsonb(s) FROM dunning_steps s JOIN bill ON bill.id = s.invoice_id
  UNION ALL SELECT 'event', e.received_at, to_jsonb(e) - 'body' FROM provider_events e JOIN paid ON paid.id = e.payment_id
) x ORDER BY x.at, x.what;
