-- Whom a service knows by a key, or by the token of a grant, whose calls count against one.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- No row where the key is revoked, or expired at that instant. `plan` is null without a subscription that runs.
CREATE FUNCTION key_holder(key_id UUID, at TIMESTAMPTZ)
RETURNS TABLE (email TEXT, key_prefix TEXT, expires_at TIMESTAMPTZ, plan TEXT)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT u.email::text, k.key_prefix::text, k.expires_at, (
    SELECT p.name::text FROM subscriptions s JOIN plans p ON p.id = s.plan
    WHERE s.user_id = u.id AND s.status IN ('active', 'paused')
  )
  FROM api_keys k JOIN users u ON u.id = k.user_id
  WHERE k.id = key_id AND k.revoked_at IS NULL AND coalesce(k.expires_at > at, true);
END
$$;

REVOKE ALL ON FUNCTION key_holder(UUID, TIMESTAMPTZ) FROM PUBLIC;
