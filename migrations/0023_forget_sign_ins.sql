-- What ended of people's sign-ins is forgotten, and mails about them are in a person's language.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

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

CREATE OR REPLACE FUNCTION begin_session(hash TEXT, person UUID, signed_in_by TEXT, at TIMESTAMPTZ, until TIMESTAMPTZ) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM users u WHERE u.id = person AND u.disabled_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM forget_sign_ins(at);
  INSERT INTO web_sessions (token_hash, user_id, created_at, expires_at) VALUES (hash, person, at, until)
  ON CONFLICT DO NOTHING;
  PERFORM audit_person(person, 'sign-in', jsonb_build_object('by', signed_in_by));
  RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION register_client(client TEXT, called TEXT, leads_to TEXT[], at TIMESTAMPTZ) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM forget_sign_ins(at);
  INSERT INTO oauth_clients (id, name, redirect_uris, is_registered, created_at) VALUES (client, called, leads_to, TRUE, at);
END
$$;

-- In which language mails to a person are: the customer's, or the seller's; null is not known.
CREATE FUNCTION locale_of(person UUID) RETURNS TEXT LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN coalesce((SELECT c.locale FROM customers c WHERE c.user_id = person), (SELECT s.locale FROM seller s));
END
$$;

REVOKE ALL ON FUNCTION forget_sign_ins(TIMESTAMPTZ), locale_of(UUID) FROM PUBLIC;
