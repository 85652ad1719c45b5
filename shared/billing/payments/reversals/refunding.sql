-- Refunds that are asked for.

-- name: lease
WITH was AS (
  SELECT id, asked_at FROM refunds
  WHERE id = %(id)s::uuid AND status = 'pending' AND (leased_until IS NULL OR leased_until <= %(instant)s::timestamptz)
)
UPDATE refunds r SET leased_until = %(until)s::timestamptz, asked_at = coalesce(r.asked_at, %(now)s::timestamptz)
FROM was WHERE r.id = was.id
RETURNING r.*, was.asked_at AS asked_before;

-- name: release
UPDATE refunds SET leased_until = NULL, failure_reason = %(reason)s::text
WHERE id = %(id)s::uuid AND leased_until = %(until)s::timestamptz;

-- name: ask_anew
UPDATE refunds SET asked_at = %(now)s::timestamptz WHERE id = %(id)s::uuid;
