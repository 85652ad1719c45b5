-- What operators rule of access, and who is in which group.

-- name: posture
SELECT is_closed FROM access_posture;

-- name: set_posture
UPDATE access_posture SET is_closed = %(is_closed)s::boolean WHERE is_closed <> %(is_closed)s::boolean RETURNING is_closed;

-- name: rules
WITH here AS (
  SELECT lower(id) AS target FROM libraries UNION SELECT '/' || split_part(lower(id), '/', 2) || '/*' FROM libraries
)
SELECT r.target, u.email AS user, r.group_name AS group, r.is_allowed, r.created_at,
       r.target IN (SELECT target FROM here) AS is_here
FROM access_rules r LEFT JOIN users u ON u.id = r.user_id
ORDER BY split_part(r.target, '/', 2), r.target, r.user_id IS NULL, r.group_name IS NULL, u.email, r.group_name;

-- name: rule
SELECT is_allowed FROM access_rules
WHERE target = %(target)s::text AND user_id IS NOT DISTINCT FROM %(user_id)s::uuid AND group_name IS NOT DISTINCT FROM %(group)s::text
FOR UPDATE;

-- name: put_rule
INSERT INTO access_rules (target, user_id, group_name, is_allowed)
VALUES (%(target)s::text, %(user_id)s::uuid, %(group)s::text, %(is_allowed)s::boolean)
ON CONFLICT ON CONSTRAINT access_rules_target_key DO UPDATE SET is_allowed = excluded.is_allowed, created_at = now();

-- name: clear_rule
DELETE FROM access_rules
WHERE target = %(target)s::text AND user_id IS NOT DISTINCT FROM %(user_id)s::uuid AND group_name IS NOT DISTINCT FROM %(group)s::text;

-- name: concerning
SELECT access_of(%(user_id)s::uuid) AS rules;

-- name: groups
SELECT name AS group, (SELECT count(DISTINCT user_id) FROM user_groups g WHERE g.group_name = name) AS members,
       (SELECT count(*) FROM access_rules r WHERE r.group_name = name) AS rules
FROM (SELECT group_name FROM user_groups UNION SELECT group_name FROM access_rules WHERE group_name IS NOT NULL) AS named (name)
ORDER BY name;

-- name: members
SELECT u.email AS user, g.source, g.created_at
FROM user_groups g JOIN users u ON u.id = g.user_id WHERE g.group_name = %(group)s::text ORDER BY u.email, g.source;

-- name: groups_of
SELECT group_name AS group, source, created_at FROM user_groups WHERE user_id = %(user_id)s::uuid ORDER BY group_name, source;

-- name: add_member
INSERT INTO user_groups (user_id, group_name, source) VALUES (%(user_id)s::uuid, %(group)s::text, 'operator')
ON CONFLICT DO NOTHING RETURNING group_name;

-- name: drop_member
DELETE FROM user_groups WHERE user_id = %(user_id)s::uuid AND group_name = %(group)s::text RETURNING source;
