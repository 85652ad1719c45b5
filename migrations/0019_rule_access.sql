-- Who may read what: rules about libraries and namespaces, what holds where none speaks, and who is in which group.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE access_rules (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  target VARCHAR(100) NOT NULL, -- /org/project, or /org/* for all of a namespace's; in small letters
  user_id UUID REFERENCES users (id) ON DELETE CASCADE,
  group_name VARCHAR(255), -- without user and group it is for everyone
  is_allowed BOOLEAN NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  CHECK (target ~ '^/[a-z0-9][a-z0-9._-]*/([a-z0-9][a-z0-9._-]*|\*)$'),
  CHECK (user_id IS NULL OR group_name IS NULL),
  CHECK (group_name <> ''),
  CONSTRAINT access_rules_target_key UNIQUE NULLS NOT DISTINCT (target, user_id, group_name)
);

CREATE INDEX idx_access_rules_user ON access_rules (user_id);
CREATE INDEX idx_access_rules_group ON access_rules (group_name);

-- Whether what no rule names may be read.
CREATE TABLE access_posture (
  only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
  is_closed BOOLEAN NOT NULL
);

INSERT INTO access_posture (is_closed) VALUES (FALSE);

CREATE TABLE user_groups (
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  group_name VARCHAR(255) NOT NULL CHECK (group_name <> ''),
  source VARCHAR(10) NOT NULL CHECK (source IN ('claim', 'operator')), -- a claim's end with the next sign-in without it
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, group_name, source)
);

CREATE INDEX idx_user_groups_group ON user_groups (group_name);

-- Every rule that concerns a person, and whether what none of them names may not be read; null where nothing is ruled.
-- For null, those for everyone. Which rule decides is not said here.
CREATE FUNCTION access_of(person UUID) RETURNS JSONB LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  ruled JSONB;
  is_closed BOOLEAN := NOT EXISTS (SELECT FROM access_posture p WHERE NOT p.is_closed);
BEGIN
  SELECT jsonb_agg(jsonb_build_object('target', r.target, 'group', r.group_name, 'is_allowed', r.is_allowed, 'whom',
           CASE WHEN r.user_id IS NOT NULL THEN 'user' WHEN r.group_name IS NOT NULL THEN 'group' ELSE 'everyone' END))
  INTO ruled
  FROM access_rules r
  WHERE r.user_id = person OR r.user_id IS NULL AND r.group_name IS NULL
    OR r.group_name IN (SELECT g.group_name FROM user_groups g WHERE g.user_id = person);
  RETURN CASE WHEN is_closed OR ruled IS NOT NULL
    THEN jsonb_build_object('is_closed', is_closed, 'rules', coalesce(ruled, '[]')) END;
END
$$;

-- The groups that a provider claims of a person, in place of those that it claimed before. What it changes is audited.
CREATE FUNCTION set_claimed_groups(person UUID, claimed TEXT[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  before TEXT[];
  after TEXT[];
BEGIN
  PERFORM FROM users WHERE id = person AND removed_at IS NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT coalesce(array_agg(group_name::text ORDER BY group_name COLLATE "C"), '{}') INTO before
  FROM user_groups WHERE user_id = person AND source = 'claim';
  SELECT coalesce(array_agg(name ORDER BY name COLLATE "C"), '{}') INTO after
  FROM (SELECT DISTINCT name FROM unnest(claimed) AS name WHERE length(name) BETWEEN 1 AND 255) AS named;
  IF before = after THEN
    RETURN;
  END IF;
  DELETE FROM user_groups WHERE user_id = person AND source = 'claim' AND group_name <> ALL (after);
  INSERT INTO user_groups (user_id, group_name, source) SELECT person, name, 'claim' FROM unnest(after) AS name
  ON CONFLICT DO NOTHING;
  INSERT INTO audit_log (os_user, action, user_id, before, after)
  VALUES ('sign-in', 'group claim', person, jsonb_build_object('groups', before), jsonb_build_object('groups', after));
END
$$;

REVOKE ALL ON FUNCTION access_of(UUID), set_claimed_groups(UUID, TEXT[]) FROM PUBLIC;

-- Whether a library may be read: `libraries` narrows it to these (null is all), then the nearest of `rules` decides, a
-- library's before its namespace's, and `otherwise` where there is none. Ids are in small letters. Null is everything.
DROP FUNCTION may_read(TEXT, TEXT[]), alike_names(TEXT, INT, TEXT[]);

CREATE FUNCTION may_read(library_id TEXT, access JSONB) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT access IS NULL OR (
    (access -> 'libraries' = 'null' OR access -> 'libraries' ?| ARRAY[lower(library_id COLLATE "C"),
                                                                     '/' || split_part(lower(library_id COLLATE "C"), '/', 2) || '/*'])
    AND coalesce(access #>> ARRAY['rules', lower(library_id COLLATE "C")],
                 access #>> ARRAY['rules', '/' || split_part(lower(library_id COLLATE "C"), '/', 2) || '/*'],
                 access ->> 'otherwise')::boolean
  )
$$;

-- Libraries with a name like this one, the most alike first.
CREATE FUNCTION alike_names(asked TEXT, most INT, access JSONB) RETURNS TABLE (library_id VARCHAR(100), similarity REAL)
LANGUAGE sql STABLE ROWS 20 AS $$
  SELECT n.library_id, max(similarity(n.name, asked)) FROM library_names n WHERE n.name % asked AND may_read(n.library_id, access)
  GROUP BY n.library_id ORDER BY 2 DESC, 1 LIMIT most
$$;
