-- Moves of our balances at providers, as they list them.

-- name: known
-- From when on lines may be new: the newest one's instant, or that of the first payment.
SELECT coalesce(
  (SELECT max(b.happened_at) FROM balance_transactions b WHERE b.provider = %(provider)s::text),
  (SELECT min(p.created_at) FROM payments p WHERE p.provider = %(provider)s::text)
) AS since;

-- name: add
INSERT INTO balance_transactions (provider, provider_id, kind, amount, fee, currency, source, happened_at, created_at)
SELECT %(provider)s::text, r.id, r.kind, r.amount, r.fee, r.currency, r.source, r.at, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id TEXT, kind TEXT, amount NUMERIC, fee NUMERIC, currency TEXT, source TEXT,
  at TIMESTAMPTZ)
ON CONFLICT DO NOTHING;
