-- name: open
-- The newest page on which nobody added a method yet.
SELECT * FROM method_links
WHERE user_id = %(user_id)s::uuid AND provider = %(provider)s::text AND method_id IS NULL
ORDER BY created_at DESC, id LIMIT 1;

-- name: begin
INSERT INTO method_links (user_id, provider, created_at)
VALUES (%(user_id)s::uuid, %(provider)s::text, %(now)s::timestamptz)
RETURNING *;

-- name: made
UPDATE method_links SET provider_link_id = %(link_id)s::text, url = %(url)s::text, expires_at = %(expires_at)s::timestamptz
WHERE id = %(id)s::uuid
RETURNING *;

-- name: taken
UPDATE method_links SET method_id = %(method_id)s::uuid WHERE id = %(id)s::uuid;

-- name: forget
DELETE FROM method_links WHERE id = %(id)s::uuid AND method_id IS NULL;

-- name: untaken
SELECT * FROM method_links
WHERE method_id IS NULL AND provider_link_id IS NOT NULL AND provider = %(provider)s::text
ORDER BY created_at, id;
