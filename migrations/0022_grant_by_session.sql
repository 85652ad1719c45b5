-- A client is let in by a session, as all else that a person does: who runs the function can name nobody else. Keys and
-- tokens that are presented can be looked up many at a time.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

DROP FUNCTION grant_client(UUID, TEXT, TEXT, TEXT[], TEXT, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, INT);

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

REVOKE ALL ON FUNCTION grant_client(TEXT, TEXT, TEXT, TEXT[], TEXT, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, INT),
  live_credentials(TEXT[], TIMESTAMPTZ)
FROM PUBLIC;
