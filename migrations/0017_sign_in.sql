-- How people sign in: sessions of browsers, invitations, and which issuer the name of a provider stands for.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE web_sessions (
  token_hash VARCHAR(64) PRIMARY KEY, -- SHA-256 in hex
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX idx_web_sessions_user_id ON web_sessions (user_id);

CREATE TABLE invitations (
  token_hash VARCHAR(64) PRIMARY KEY, -- SHA-256 in hex
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  expires_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ
);

CREATE INDEX idx_invitations_user_id ON invitations (user_id);

CREATE TABLE identity_providers (
  name VARCHAR(50) PRIMARY KEY, -- users.oauth_provider
  issuer VARCHAR(500) NOT NULL,
  bound_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Whoever is disabled, or signs in by something else from now on, is signed out everywhere.
CREATE FUNCTION end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM web_sessions WHERE user_id = NEW.id;
  RETURN NULL;
END
$$;

CREATE TRIGGER users_end_sessions AFTER UPDATE ON users FOR EACH ROW WHEN (
  (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL)
  OR NEW.hashed_password IS DISTINCT FROM OLD.hashed_password
  OR (OLD.oauth_id IS NOT NULL AND NEW.oauth_id IS DISTINCT FROM OLD.oauth_id)
) EXECUTE FUNCTION end_sessions();

-- What a person did in a browser, where an operator's changes stand too.
CREATE FUNCTION audit_person(person UUID, action TEXT, after JSONB) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  INSERT INTO audit_log (os_user, action, user_id, after) VALUES ('sign-in', action, person, after)
$$;

-- Whether the session began: not for whom is disabled. Those that ended are forgotten.
CREATE FUNCTION begin_session(hash TEXT, person UUID, signed_in_by TEXT, at TIMESTAMPTZ, until TIMESTAMPTZ) RETURNS BOOLEAN
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

-- Whose session it is; no row where it ended, or its user may not sign in any more.
CREATE FUNCTION session_of(hash TEXT, at TIMESTAMPTZ) RETURNS TABLE (user_id UUID, email TEXT)
LANGUAGE plpgsql STABLE ROWS 1 SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT u.id, u.email::text FROM web_sessions s JOIN users u ON u.id = s.user_id
  WHERE s.token_hash = hash AND s.expires_at > at AND u.disabled_at IS NULL;
END
$$;

CREATE FUNCTION end_session(hash TEXT) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  DELETE FROM web_sessions WHERE token_hash = hash
$$;

-- The hash of somebody's password, for there alone it is compared where Argon2 is.
CREATE FUNCTION password_of(address TEXT, address_key TEXT)
RETURNS TABLE (user_id UUID, hashed_password TEXT, is_disabled BOOLEAN)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT u.id, u.hashed_password::text, u.disabled_at IS NOT NULL FROM users u
  WHERE u.removed_at IS NULL AND (u.email_key = address_key OR u.email = address);
END
$$;

-- All that decides what becomes of an identity: what its provider's name is bound to, and who may be meant.
CREATE FUNCTION sign_in_facts(provider TEXT, subject TEXT, address TEXT, address_key TEXT, invitation TEXT, at TIMESTAMPTZ)
RETURNS TABLE (bound_to TEXT, means TEXT, user_id UUID, email TEXT, is_disabled BOOLEAN, has_password BOOLEAN, has_identity BOOLEAN)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT p.issuer::text, m.means, u.id, u.email::text, u.disabled_at IS NOT NULL, u.hashed_password IS NOT NULL,
         u.oauth_id IS NOT NULL
  FROM (VALUES (1)) AS one
  LEFT JOIN identity_providers p ON p.name = provider
  LEFT JOIN LATERAL (
    SELECT 'identity' AS means, i.id FROM users i WHERE i.oauth_provider = provider AND i.oauth_id = subject
    UNION ALL
    SELECT 'email', e.id FROM users e WHERE e.removed_at IS NULL AND (e.email_key = address_key OR e.email = address)
    UNION ALL
    SELECT 'invitation', v.user_id FROM invitations v WHERE v.token_hash = invitation AND v.used_at IS NULL AND v.expires_at > at
  ) m ON true
  LEFT JOIN users u ON u.id = m.id;
END
$$;

-- Whether the name of the provider stands for this issuer, from now on if for none yet.
CREATE FUNCTION bind_provider(provider TEXT, issued_by TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO identity_providers (name, issuer) VALUES (provider, issued_by) ON CONFLICT DO NOTHING;
  RETURN EXISTS (SELECT FROM identity_providers p WHERE p.name = provider AND p.issuer = issued_by);
END
$$;

-- Whether the person signs in by this identity from now on: who has one keeps it, and nobody has another's.
CREATE FUNCTION connect_identity(person UUID, provider TEXT, issued_by TEXT, subject TEXT, confirmed_by TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT bind_provider(provider, issued_by) THEN
    RETURN false;
  END IF;
  UPDATE users u SET oauth_provider = provider, oauth_id = subject
  WHERE u.id = person AND u.oauth_id IS NULL AND u.disabled_at IS NULL;
  IF NOT FOUND THEN
    RETURN EXISTS (
      SELECT FROM users u
      WHERE u.id = person AND u.oauth_provider = provider AND u.oauth_id = subject AND u.disabled_at IS NULL
    );
  END IF;
  PERFORM audit_person(person, 'sign-in connect', jsonb_build_object('provider', provider, 'confirmed_by', confirmed_by));
  RETURN true;
EXCEPTION WHEN unique_violation THEN
  RETURN false;
END
$$;

-- A new person who signs in by this identity; null where somebody has the address or the identity meanwhile.
CREATE FUNCTION add_by_sign_in(address TEXT, address_key TEXT, provider TEXT, issued_by TEXT, subject TEXT) RETURNS UUID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  person UUID;
BEGIN
  IF NOT bind_provider(provider, issued_by) THEN
    RETURN NULL;
  END IF;
  INSERT INTO users (email, email_key, oauth_provider, oauth_id) VALUES (address, address_key, provider, subject)
  ON CONFLICT DO NOTHING RETURNING id INTO person;
  IF person IS NOT NULL THEN
    PERFORM audit_person(person, 'sign-in add', jsonb_build_object('provider', provider));
  END IF;
  RETURN person;
END
$$;

-- Who is invited; no row where the invitation was used, is too old, or its user may not sign in.
CREATE FUNCTION invitation_of(hash TEXT, at TIMESTAMPTZ)
RETURNS TABLE (user_id UUID, email TEXT, has_password BOOLEAN, has_identity BOOLEAN)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT u.id, u.email::text, u.hashed_password IS NOT NULL, u.oauth_id IS NOT NULL
  FROM invitations v JOIN users u ON u.id = v.user_id
  WHERE v.token_hash = hash AND v.used_at IS NULL AND v.expires_at > at AND u.disabled_at IS NULL;
END
$$;

-- Use an invitation up: for a password, where there is a hash of one, else for an identity. Who was invited; null: nobody.
-- The same call, sent again because its answer was lost, is answered as before.
CREATE FUNCTION accept_invitation(hash TEXT, at TIMESTAMPTZ, password TEXT, provider TEXT, issued_by TEXT, subject TEXT) RETURNS UUID
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  person UUID;
BEGIN
  SELECT v.user_id INTO person FROM invitations v JOIN users u ON u.id = v.user_id
  WHERE v.token_hash = hash AND coalesce(v.used_at, at) = at AND v.expires_at > at AND u.disabled_at IS NULL
  FOR UPDATE OF v;
  IF person IS NULL OR (password IS NULL AND NOT connect_identity(person, provider, issued_by, subject, 'invitation')) THEN
    RETURN NULL;
  END IF;
  IF password IS NOT NULL THEN
    UPDATE users u SET hashed_password = password WHERE u.id = person;
    PERFORM audit_person(person, 'sign-in password', NULL);
  END IF;
  UPDATE invitations v SET used_at = at WHERE v.token_hash = hash;
  RETURN person;
END
$$;

-- In which language mails to a person are: the customer's, or the seller's; null is not known.
CREATE FUNCTION locale_of(person UUID) RETURNS TEXT LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN coalesce((SELECT c.locale FROM customers c WHERE c.user_id = person), (SELECT s.locale FROM seller s));
END
$$;

REVOKE ALL ON FUNCTION audit_person(UUID, TEXT, JSONB), begin_session(TEXT, UUID, TEXT, TIMESTAMPTZ, TIMESTAMPTZ),
  session_of(TEXT, TIMESTAMPTZ), end_session(TEXT), password_of(TEXT, TEXT),
  sign_in_facts(TEXT, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ), bind_provider(TEXT, TEXT),
  connect_identity(UUID, TEXT, TEXT, TEXT, TEXT), add_by_sign_in(TEXT, TEXT, TEXT, TEXT, TEXT), invitation_of(TEXT, TIMESTAMPTZ),
  accept_invitation(TEXT, TIMESTAMPTZ, TEXT, TEXT, TEXT, TEXT), locale_of(UUID)
FROM PUBLIC;
