-- Clients that people let in: what they call themselves, what they were granted, and the tokens that they carry.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE oauth_clients (
  id VARCHAR(2000) PRIMARY KEY, -- the address of its metadata document, or what we called it
  name VARCHAR(100) NOT NULL,
  redirect_uris TEXT[] NOT NULL CHECK (cardinality(redirect_uris) > 0),
  is_registered BOOLEAN NOT NULL, -- by itself (RFC 7591); others stand here as they were when somebody last let them in
  created_at TIMESTAMPTZ NOT NULL
);

-- One sign-in of one person by one client: revoked, it never comes back.
CREATE TABLE oauth_grants (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id VARCHAR(2000) NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
  api_key_id UUID REFERENCES api_keys (id) ON DELETE CASCADE, -- whose limits hold; null until the code is redeemed
  resource VARCHAR(2000) NOT NULL, -- what its tokens are for (RFC 8707)
  machine VARCHAR(100), -- it holds a key for this machine, and no tokens
  created_at TIMESTAMPTZ NOT NULL,
  revoked_at TIMESTAMPTZ
);

CREATE INDEX idx_oauth_grants_user_id ON oauth_grants (user_id);
CREATE INDEX idx_oauth_grants_client_id ON oauth_grants (client_id);
CREATE INDEX idx_oauth_grants_api_key_id ON oauth_grants (api_key_id);

-- Spent ones stay until they expire: whoever presents one again has stolen it, or was stolen from.
CREATE TABLE oauth_tokens (
  token_hash VARCHAR(64) PRIMARY KEY, -- SHA-256 in hex
  grant_id UUID NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
  kind VARCHAR(7) NOT NULL CHECK (kind IN ('code', 'access', 'refresh')),
  redirect_uri TEXT, -- of a code
  code_challenge VARCHAR(43), -- of a code: S256 (RFC 7636)
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  spent_at TIMESTAMPTZ,
  CHECK ((kind = 'code') = (code_challenge IS NOT NULL)),
  CHECK ((kind = 'code') = (redirect_uri IS NOT NULL))
);

CREATE INDEX idx_oauth_tokens_grant_id ON oauth_tokens (grant_id);

-- The end of a grant, and of its key where no other grant lives by it.
CREATE FUNCTION end_oauth_grant(grant_ended UUID, at TIMESTAMPTZ) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE oauth_grants g SET revoked_at = at WHERE g.id = grant_ended AND g.revoked_at IS NULL;
  UPDATE api_keys k SET revoked_at = at
  FROM oauth_grants g
  WHERE g.id = grant_ended AND k.id = g.api_key_id AND k.revoked_at IS NULL
    AND NOT EXISTS (SELECT FROM oauth_grants o WHERE o.api_key_id = k.id AND o.revoked_at IS NULL);
END
$$;

-- Who is disabled loses every sign-in for good, and so does who sets another password: somebody may have known the old one.
CREATE FUNCTION end_oauth_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM end_oauth_grant(g.id, now()) FROM oauth_grants g WHERE g.user_id = NEW.id AND g.revoked_at IS NULL;
  RETURN NULL;
END
$$;

CREATE TRIGGER users_end_oauth_grants AFTER UPDATE ON users FOR EACH ROW
WHEN (
  (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL)
  OR (OLD.hashed_password IS NOT NULL AND NEW.hashed_password IS DISTINCT FROM OLD.hashed_password)
) EXECUTE FUNCTION end_oauth_grants();

-- A client that registered itself; no row if there is none.
CREATE FUNCTION registered_client(client TEXT) RETURNS TABLE (name TEXT, redirect_uris TEXT[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY SELECT c.name::text, c.redirect_uris FROM oauth_clients c WHERE c.id = client AND c.is_registered;
END
$$;

-- Forget sessions that ended, and what ended a month ago: invitations, grants and tokens, and clients that nobody has let in since.
-- What another transaction works with is left to the next sign-in.
CREATE FUNCTION forget_sign_ins(at TIMESTAMPTZ) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  month_ago TIMESTAMPTZ := at - interval '30 days';
BEGIN
  DELETE FROM web_sessions WHERE token_hash IN (
    SELECT s.token_hash FROM web_sessions s WHERE s.expires_at <= at FOR UPDATE SKIP LOCKED
  );
  DELETE FROM invitations WHERE token_hash IN (
    SELECT v.token_hash FROM invitations v WHERE least(v.used_at, v.expires_at) <= month_ago FOR UPDATE SKIP LOCKED
  );
  -- A grant by which nobody can call any more ends with its key.
  PERFORM end_oauth_grant(dead.id, at) FROM (
    SELECT g.id FROM oauth_grants g
    WHERE g.revoked_at IS NULL AND (
      EXISTS (SELECT FROM api_keys k WHERE k.id = g.api_key_id AND (k.revoked_at IS NOT NULL OR k.expires_at <= at))
      OR NOT EXISTS (SELECT FROM oauth_tokens t WHERE t.grant_id = g.id AND t.expires_at > at)
        AND (g.machine IS NULL OR g.api_key_id IS NULL)
    )
    FOR UPDATE OF g SKIP LOCKED
  ) dead;
  DELETE FROM oauth_grants WHERE id IN (
    SELECT g.id FROM oauth_grants g
    WHERE g.revoked_at <= month_ago AND NOT EXISTS (SELECT FROM oauth_tokens t WHERE t.grant_id = g.id AND t.expires_at > at)
    FOR UPDATE SKIP LOCKED
  );
  DELETE FROM oauth_tokens WHERE token_hash IN (
    SELECT t.token_hash FROM oauth_tokens t WHERE t.expires_at <= month_ago FOR UPDATE SKIP LOCKED
  );
  DELETE FROM oauth_clients WHERE id IN (
    SELECT c.id FROM oauth_clients c
    WHERE c.created_at <= month_ago AND NOT EXISTS (SELECT FROM oauth_grants g WHERE g.client_id = c.id)
    FOR UPDATE SKIP LOCKED
  );
END
$$;

-- Keep a client. Those that nobody let in for a month are forgotten.
CREATE FUNCTION register_client(client TEXT, called TEXT, leads_to TEXT[], at TIMESTAMPTZ) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM forget_sign_ins(at);
  INSERT INTO oauth_clients (id, name, redirect_uris, is_registered, created_at) VALUES (client, called, leads_to, TRUE, at);
END
$$;

-- Whoever is signed in by the session lets a client in, for a code that is redeemed once: 'granted', 'ended' where nobody is any
-- more, or 'many' where the person has `most` sign-ins of other clients and machines. What of theirs expired is cleared away.
CREATE FUNCTION grant_client(
  session TEXT, client TEXT, called TEXT, leads_to TEXT[], meant_for TEXT, for_machine TEXT,
  code_hash TEXT, challenge TEXT, redirect TEXT, at TIMESTAMPTZ, until TIMESTAMPTZ, most INT
) RETURNS TEXT LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  person UUID;
  granted UUID;
BEGIN
  SELECT u.id INTO person FROM session_of(session, at) w JOIN users u ON u.id = w.user_id FOR NO KEY UPDATE OF u;
  IF person IS NULL THEN
    RETURN 'ended';
  END IF;
  PERFORM end_oauth_grant(g.id, at) FROM oauth_grants g
  WHERE g.user_id = person AND g.revoked_at IS NULL AND (
    EXISTS (SELECT FROM api_keys k WHERE k.id = g.api_key_id AND (k.revoked_at IS NOT NULL OR k.expires_at <= at))
    OR NOT EXISTS (SELECT FROM oauth_tokens t WHERE t.grant_id = g.id AND t.expires_at > at)
      AND (g.machine IS NULL OR g.api_key_id IS NULL)
  );
  DELETE FROM oauth_grants g
  WHERE g.user_id = person AND g.revoked_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM oauth_tokens t WHERE t.grant_id = g.id AND t.expires_at > at);
  IF (
    SELECT count(DISTINCT (g.client_id, g.machine)) FROM oauth_grants g
    WHERE g.user_id = person AND g.revoked_at IS NULL AND (g.client_id, g.machine) IS DISTINCT FROM (client::varchar, for_machine::varchar)
  ) >= most THEN
    RETURN 'many';
  END IF;
  INSERT INTO oauth_clients AS c (id, name, redirect_uris, is_registered, created_at) VALUES (client, called, leads_to, FALSE, at)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name, redirect_uris = excluded.redirect_uris WHERE NOT c.is_registered;
  INSERT INTO oauth_grants (user_id, client_id, resource, machine, created_at)
  VALUES (person, client, meant_for, for_machine, at) RETURNING id INTO granted;
  INSERT INTO oauth_tokens (token_hash, grant_id, kind, redirect_uri, code_challenge, created_at, expires_at)
  VALUES (code_hash, granted, 'code', redirect, challenge, at, until);
  PERFORM audit_person(person, 'client grant', jsonb_build_object('client', client));
  RETURN 'granted';
END
$$;

-- Spend a code or a refresh token, and say what it stood for; no row if there is none. Spent before, its grant ends.
-- Whoever spends it at the same time waits, and finds it spent.
CREATE FUNCTION spend_token(hash TEXT, of_kind TEXT, at TIMESTAMPTZ) RETURNS TABLE (
  grant_id UUID, client_id TEXT, resource TEXT, machine TEXT, redirect_uri TEXT, code_challenge TEXT, expires_at TIMESTAMPTZ,
  was_spent BOOLEAN, is_ended BOOLEAN
) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  presented oauth_tokens;
BEGIN
  SELECT t.* INTO presented FROM oauth_tokens t WHERE t.token_hash = hash AND t.kind = of_kind FOR UPDATE;
  IF presented.token_hash IS NULL THEN
    RETURN;
  END IF;
  IF presented.spent_at IS NULL THEN
    UPDATE oauth_tokens t SET spent_at = at WHERE t.token_hash = hash;
  ELSE
    PERFORM end_oauth_grant(presented.grant_id, at);
  END IF;
  RETURN QUERY
  SELECT g.id, g.client_id::text, g.resource::text, g.machine::text, presented.redirect_uri, presented.code_challenge::text, presented.expires_at,
         presented.spent_at IS NOT NULL, g.revoked_at IS NOT NULL OR u.disabled_at IS NOT NULL OR k.revoked_at IS NOT NULL OR coalesce(k.expires_at <= at, false)
  FROM oauth_grants g JOIN users u ON u.id = g.user_id LEFT JOIN api_keys k ON k.id = g.api_key_id
  WHERE g.id = presented.grant_id;
END
$$;

-- Tokens of a grant, and a key that their calls count against: one for a person and a client, that nobody is told. It is
-- made with these hash and prefix where there is none. False where the grant ended meanwhile.
CREATE FUNCTION issue_tokens(
  of_grant UUID, hash TEXT, prefix TEXT, access_hash TEXT, access_until TIMESTAMPTZ,
  refresh_hash TEXT, refresh_until TIMESTAMPTZ, at TIMESTAMPTZ
) RETURNS BOOLEAN LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  person UUID;
  of_client TEXT;
  called TEXT;
  key UUID;
BEGIN
  SELECT g.user_id, g.client_id, c.name, g.api_key_id INTO person, of_client, called, key
  FROM oauth_grants g JOIN users u ON u.id = g.user_id JOIN oauth_clients c ON c.id = g.client_id
  WHERE g.id = of_grant AND g.revoked_at IS NULL AND g.machine IS NULL AND u.disabled_at IS NULL
  FOR NO KEY UPDATE OF u, g;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF key IS NULL THEN
    SELECT k.id INTO key FROM oauth_grants o JOIN api_keys k ON k.id = o.api_key_id
    WHERE o.user_id = person AND o.client_id = of_client AND o.machine IS NULL AND o.revoked_at IS NULL
      AND k.revoked_at IS NULL
    LIMIT 1;
    IF key IS NULL THEN
      INSERT INTO api_keys (user_id, key_hash, key_prefix, name) VALUES (person, hash, prefix, left('sign-in: ' || called, 100))
      RETURNING id INTO key;
    END IF;
    UPDATE oauth_grants g SET api_key_id = key WHERE g.id = of_grant;
  END IF;
  DELETE FROM oauth_tokens t WHERE t.grant_id = of_grant AND t.expires_at <= at;
  INSERT INTO oauth_tokens (token_hash, grant_id, kind, created_at, expires_at)
  VALUES (access_hash, of_grant, 'access', at, access_until), (refresh_hash, of_grant, 'refresh', at, refresh_until);
  RETURN true;
END
$$;

-- A key for the machine of a grant, in place of the one that was made for it before. False where the grant ended meanwhile.
CREATE FUNCTION issue_machine_key(of_grant UUID, hash TEXT, prefix TEXT, until TIMESTAMPTZ, at TIMESTAMPTZ) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  mine oauth_grants;
  key UUID;
BEGIN
  PERFORM FROM oauth_grants g JOIN users u ON u.id = g.user_id
  WHERE g.id = of_grant AND g.revoked_at IS NULL AND g.machine IS NOT NULL AND u.disabled_at IS NULL
  FOR NO KEY UPDATE OF u, g;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  SELECT g.* INTO mine FROM oauth_grants g WHERE g.id = of_grant;
  PERFORM end_oauth_grant(g.id, at) FROM oauth_grants g
  WHERE g.user_id = mine.user_id AND g.client_id = mine.client_id AND g.machine = mine.machine AND g.id <> of_grant
    AND g.revoked_at IS NULL;
  INSERT INTO api_keys (user_id, key_hash, key_prefix, name, expires_at)
  VALUES (mine.user_id, hash, prefix, left('sign-in: ' || mine.machine, 100), until) RETURNING id INTO key;
  UPDATE oauth_grants g SET api_key_id = key WHERE g.id = of_grant;
  RETURN true;
END
$$;

-- The key that calls with this access token count against, as `authenticate_key` gives it; no row for a token that is
-- unknown, too old, revoked, or for another resource.
CREATE FUNCTION authenticate_token(hash TEXT, meant_for TEXT, at TIMESTAMPTZ) RETURNS TABLE (
  api_key_id UUID, user_id UUID, is_revoked BOOLEAN, expires_at TIMESTAMPTZ, is_disabled BOOLEAN, libraries TEXT[],
  minute INT, day INT, month_requests BIGINT, month_tokens BIGINT, concurrent INT, month_starts TIMESTAMPTZ[]
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT a.* FROM oauth_tokens t JOIN oauth_grants g ON g.id = t.grant_id JOIN api_keys k ON k.id = g.api_key_id,
    LATERAL authenticate_key(k.key_hash) a
  WHERE t.token_hash = hash AND t.kind = 'access' AND t.expires_at > at AND g.revoked_at IS NULL AND g.resource = meant_for;
END
$$;

-- Whoever holds a token, or the key of a machine, gives it back: its grant ends. Nothing happens for another client's.
CREATE FUNCTION give_back_token(hash TEXT, of_client TEXT, at TIMESTAMPTZ) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM end_oauth_grant(g.id, at) FROM oauth_grants g
  WHERE g.client_id = of_client AND g.revoked_at IS NULL AND (
    g.id IN (SELECT t.grant_id FROM oauth_tokens t WHERE t.token_hash = hash AND t.kind <> 'code')
    OR g.machine IS NOT NULL AND g.api_key_id IN (SELECT k.id FROM api_keys k WHERE k.key_hash = hash)
  );
END
$$;

-- Those of these hashes that a key has which is valid, or a code or token that is not too old yet: also one that was spent, for
-- presented again it ends its grant.
CREATE FUNCTION live_credentials(hashes TEXT[], at TIMESTAMPTZ) RETURNS TABLE (hash TEXT)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT k.key_hash::text FROM api_keys k
  WHERE k.key_hash = ANY (hashes) AND k.revoked_at IS NULL AND coalesce(k.expires_at > at, true)
  UNION ALL
  SELECT t.token_hash::text FROM oauth_tokens t WHERE t.token_hash = ANY (hashes) AND t.expires_at > at;
END
$$;

REVOKE ALL ON FUNCTION end_oauth_grant(UUID, TIMESTAMPTZ), registered_client(TEXT),
  register_client(TEXT, TEXT, TEXT[], TIMESTAMPTZ),
  grant_client(TEXT, TEXT, TEXT, TEXT[], TEXT, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, INT),
  spend_token(TEXT, TEXT, TIMESTAMPTZ),
  issue_tokens(UUID, TEXT, TEXT, TEXT, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ),
  issue_machine_key(UUID, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ), authenticate_token(TEXT, TEXT, TIMESTAMPTZ),
  give_back_token(TEXT, TEXT, TIMESTAMPTZ), live_credentials(TEXT[], TIMESTAMPTZ), forget_sign_ins(TIMESTAMPTZ)
FROM PUBLIC;
