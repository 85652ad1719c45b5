-- name: defaults
-- Default methods, and what each lacks to be charged. An attempt that we ended, or that the provider does not take, says
-- nothing of its method.
SELECT m.*, CASE
         WHEN m.provider <> ALL (%(providers)s::text[]) THEN 'not_configured'
         WHEN make_date(m.expiry_year, m.expiry_month, 1) + interval '1 month' <= %(today)s::date THEN 'expired'
         WHEN a.decline = 'hard' THEN 'declined'
       END AS lacks
FROM payment_methods m
LEFT JOIN LATERAL (
  SELECT p.decline FROM payments p
  WHERE p.user_id = m.user_id AND p.method_id = m.id
    AND (p.status IN ('completed', 'refunded') OR p.decline IN ('soft', 'hard', 'authentication'))
  ORDER BY p.created_at DESC, p.decline = 'hard' DESC NULLS LAST LIMIT 1
) a ON TRUE
WHERE m.user_id = ANY (%(users)s::uuid[]) AND m.is_default AND m.removed_at IS NULL;
