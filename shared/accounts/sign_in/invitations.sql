-- Invitations, and identities that an operator takes away.

-- name: invite
-- repeatable: the same invitation is one row
INSERT INTO invitations (token_hash, user_id, created_at, expires_at)
VALUES (%(hash)s::text, %(user_id)s::uuid, %(now)s::timestamptz, %(until)s::timestamptz)
ON CONFLICT DO NOTHING;

-- name: withdraw
DELETE FROM invitations WHERE user_id = %(user_id)s::uuid AND used_at IS NULL;

-- name: disconnect
UPDATE users SET oauth_provider = NULL, oauth_id = NULL WHERE id = %(user_id)s::uuid AND oauth_id IS NOT NULL
RETURNING id;
