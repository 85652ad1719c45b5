-- name: payer
SELECT u.id, u.email, u.removed_at, c.name, p.provider_customer_id
FROM users u
LEFT JOIN customers c ON c.user_id = u.id
LEFT JOIN provider_customers p ON p.user_id = u.id AND p.provider = %(provider)s::text
WHERE u.id = %(user_id)s::uuid;

-- name: keep_customer
INSERT INTO provider_customers (user_id, provider, provider_customer_id)
VALUES (%(user_id)s::uuid, %(provider)s::text, %(customer)s::text)
ON CONFLICT DO NOTHING;

-- name: owner
-- Whose a token is: of whom we have it, whose customer it belongs to, or whom we named to the provider.
SELECT k.user_id
FROM (
  SELECT user_id, 1 AS place FROM payment_methods WHERE provider = %(provider)s::text AND provider_method_id = %(token)s::text
  UNION ALL
  SELECT user_id, 2 FROM provider_customers WHERE provider = %(provider)s::text AND provider_customer_id = %(customer)s::text
  UNION ALL
  SELECT id, 3 FROM users WHERE id = %(user_id)s::uuid
) k
ORDER BY k.place LIMIT 1;

-- name: removed_user
SELECT removed_at FROM users WHERE id = %(user_id)s::uuid AND removed_at IS NOT NULL;

-- name: add
-- What is known already gets what the provider shows of it now; what was removed stays removed.
INSERT INTO payment_methods AS m (user_id, type, provider, provider_method_id, brand, last_four, expiry_month, expiry_year, created_at)
VALUES (%(user_id)s::uuid, %(type)s::text, %(provider)s::text, %(token)s::text, %(brand)s::text, %(last_four)s::text,
        %(expiry_month)s::int, %(expiry_year)s::int, %(now)s::timestamptz)
ON CONFLICT (provider, provider_method_id) DO UPDATE SET
  brand = excluded.brand, last_four = excluded.last_four, expiry_month = excluded.expiry_month, expiry_year = excluded.expiry_year
WHERE m.user_id = excluded.user_id AND m.removed_at IS NULL
RETURNING m.id, xmax = 0 AS is_new;

-- name: by_token
SELECT id, user_id FROM payment_methods WHERE provider = %(provider)s::text AND provider_method_id = %(token)s::text;

-- name: yields
-- Whether a user's default makes way for a new method: it expired, or its last attempt failed.
SELECT m.id FROM payment_methods m
LEFT JOIN LATERAL (
  SELECT p.decline FROM payments p WHERE p.method_id = m.id ORDER BY p.created_at DESC, p.id DESC LIMIT 1
) l ON TRUE
WHERE m.user_id = %(user_id)s::uuid AND m.is_default
  AND (l.decline IN ('soft', 'hard', 'authentication')
       OR make_date(m.expiry_year, m.expiry_month, 1) + interval '1 month' <= %(now)s::timestamptz AT TIME ZONE 'UTC');

-- name: unset_default
UPDATE payment_methods SET is_default = FALSE WHERE user_id = %(user_id)s::uuid AND is_default AND id <> %(id)s::uuid;

-- name: set_default
UPDATE payment_methods SET is_default = TRUE
WHERE id = %(id)s::uuid AND removed_at IS NULL
  AND NOT EXISTS (SELECT FROM payment_methods o WHERE o.user_id = %(user_id)s::uuid AND o.is_default);

-- name: heir
-- The newest that is left; one that expired only where there is no other.
SELECT id FROM payment_methods
WHERE user_id = %(user_id)s::uuid AND removed_at IS NULL
ORDER BY coalesce(make_date(expiry_year, expiry_month, 1) + interval '1 month' <= %(now)s::timestamptz AT TIME ZONE 'UTC', FALSE),
         created_at DESC, id
LIMIT 1;

-- name: remove
UPDATE payment_methods SET removed_at = %(now)s::timestamptz, is_default = FALSE
WHERE id = %(id)s::uuid AND removed_at IS NULL;

-- name: detached
UPDATE payment_methods SET detached_at = %(now)s::timestamptz WHERE id = %(id)s::uuid AND detached_at IS NULL;

-- name: methods
-- With the invoices that are being charged.
SELECT m.*, u.email AS user, u.removed_at AS user_removed_at,
       coalesce((SELECT array_agg(i.number ORDER BY i.number) FROM payments p JOIN invoices i ON i.id = p.invoice_id
                 WHERE p.method_id = m.id AND p.status IN ('pending', 'processing')), '{}') AS charging
FROM payment_methods m JOIN users u ON u.id = m.user_id
WHERE (%(user_id)s::uuid IS NULL OR m.user_id = %(user_id)s::uuid) AND (%(id)s::uuid IS NULL OR m.id = %(id)s::uuid)
  AND (%(is_default)s::boolean IS NULL OR m.is_default = %(is_default)s::boolean)
  AND (%(removed)s::boolean OR m.removed_at IS NULL)
ORDER BY u.email, m.removed_at IS NOT NULL, m.is_default DESC, m.created_at DESC, m.id;
