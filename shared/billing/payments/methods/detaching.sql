-- name: to_detach
-- Removed here, not yet at the provider, and nothing is being charged.
SELECT m.id, m.provider_method_id AS token FROM payment_methods m
WHERE m.removed_at IS NOT NULL AND m.detached_at IS NULL AND m.provider = %(provider)s::text
  AND (%(user_id)s::uuid IS NULL OR m.user_id = %(user_id)s::uuid)
  AND NOT EXISTS (SELECT FROM payments p WHERE p.method_id = m.id AND p.status IN ('pending', 'processing'))
ORDER BY m.removed_at, m.id;

-- name: detached
UPDATE payment_methods SET detached_at = greatest(removed_at, %(now)s::timestamptz)
WHERE id = %(id)s::uuid AND removed_at IS NOT NULL AND detached_at IS NULL;

-- name: undetached
SELECT count(*) AS methods FROM payment_methods
WHERE removed_at IS NOT NULL AND detached_at IS NULL AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s::uuid);
