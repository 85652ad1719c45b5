-- What providers told us.

-- name: waiting
SELECT * FROM provider_events WHERE status = 'waiting' AND provider = %(provider)s::text ORDER BY received_at, id;

-- name: settle
-- What is said of a person who was removed is not kept.
UPDATE provider_events e SET status = %(status)s::text, reason = %(reason)s::text, payment_id = %(payment_id)s::uuid,
  handled_at = %(now)s::timestamptz, attempts = attempts + 1,
  body = CASE WHEN EXISTS (
    SELECT FROM users u WHERE u.removed_at IS NOT NULL AND u.id IN (
      SELECT p.user_id FROM payments p WHERE p.id = %(payment_id)s::uuid
      UNION ALL
      SELECT m.user_id FROM payment_methods m WHERE m.provider = e.provider AND m.provider_method_id = e.object_id
      UNION ALL
      SELECT l.user_id FROM method_links l WHERE l.provider = e.provider AND l.provider_link_id = e.object_id
      UNION ALL
      SELECT c.user_id FROM provider_customers c WHERE c.provider = e.provider AND c.provider_customer_id = e.object_id
    )
  ) THEN '' ELSE body END
WHERE id = ANY (%(ids)s::uuid[]) AND status = 'waiting';

-- name: put_off
UPDATE provider_events SET attempts = attempts + 1, reason = %(reason)s::text WHERE id = ANY (%(ids)s::uuid[]) AND status = 'waiting';

-- name: events
SELECT e.id, e.provider, e.event_id, e.type, e.object_id, e.account, e.happened_at, e.received_at, e.status, e.attempts, e.handled_at,
       e.reason, e.payment_id
FROM provider_events e
WHERE %(status)s::text IS NULL OR e.status = %(status)s::text
ORDER BY e.received_at DESC, e.id;
