-- What providers told us.

-- name: waiting
SELECT * FROM provider_events WHERE status = 'waiting' AND provider = %(provider)s::text ORDER BY received_at, id;

-- name: settle
UPDATE provider_events SET status = %(status)s::text, reason = %(reason)s::text, payment_id = %(payment_id)s::uuid,
  handled_at = %(now)s::timestamptz, attempts = attempts + 1
WHERE id = ANY (%(ids)s::uuid[]) AND status = 'waiting';

-- name: put_off
UPDATE provider_events SET attempts = attempts + 1, reason = %(reason)s::text WHERE id = ANY (%(ids)s::uuid[]) AND status = 'waiting';

-- name: events
SELECT e.id, e.provider, e.event_id, e.type, e.object_id, e.account, e.happened_at, e.received_at, e.status, e.attempts, e.handled_at,
       e.reason, e.payment_id
FROM provider_events e
WHERE %(status)s::text IS NULL OR e.status = %(status)s::text
ORDER BY e.received_at DESC, e.id;
