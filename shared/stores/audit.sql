-- What operators change.

-- name: append
INSERT INTO audit_log (os_user, action, user_id, api_key_id, library_id, before, after)
VALUES (%(os_user)s::text, %(action)s::text, %(user_id)s::uuid, %(api_key_id)s::uuid, %(library_id)s::text,
        %(before)s::jsonb, %(after)s::jsonb);
