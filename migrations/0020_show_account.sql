-- What people see and change of their own account in a browser. Each function is given the hash of a session, and finds by it
-- whose account it is: who calls it can name nobody else.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- The subscription that runs, or the one that ended last; no row without any.
CREATE FUNCTION own_plan(session TEXT, at TIMESTAMPTZ) RETURNS TABLE (
  plan TEXT, status TEXT, amount NUMERIC, currency TEXT, every TEXT, every_count INT, period_start TIMESTAMPTZ, period_end TIMESTAMPTZ,
  trial_end TIMESTAMPTZ, ended_at TIMESTAMPTZ, ends_with_period BOOLEAN, pause_reason TEXT, next_plan TEXT, zone TEXT
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT p.name::text, s.status::text, s.amount, s.currency::text, s.interval::text, s.interval_count, s.current_period_start,
         s.current_period_end, s.trial_end, s.ended_at, s.cancel_at_period_end, s.pause_reason::text, n.name::text, s.zone::text
  FROM session_of(session, at) w
  JOIN subscriptions s ON s.user_id = w.user_id
  JOIN plans p ON p.id = s.plan
  LEFT JOIN plans n ON n.id = s.next_plan
  ORDER BY s.ended_at IS NULL DESC, s.ended_at DESC, s.created_at DESC LIMIT 1;
END
$$;

-- What all keys may use together; nulls are no limit.
CREATE FUNCTION own_limits(session TEXT, at TIMESTAMPTZ)
RETURNS TABLE (user_id UUID, month_requests BIGINT, month_tokens BIGINT, concurrent INT, month_starts TIMESTAMPTZ[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT w.user_id, coalesce(l.month_requests, l.plan_month_requests), coalesce(l.month_tokens, l.plan_month_tokens),
         coalesce(l.concurrent, l.plan_concurrent), coalesce(l.month_starts, '{}')
  FROM session_of(session, at) w LEFT JOIN user_limits l ON l.user_id = w.user_id;
END
$$;

-- Keys that are valid, and those that ended in the last 30 days, the newest first; without those by which clients live.
CREATE FUNCTION own_keys(session TEXT, at TIMESTAMPTZ) RETURNS TABLE (
  id UUID, key_prefix TEXT, name TEXT, per_minute INT, per_day INT, libraries TEXT[], last_used_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ, expires_at TIMESTAMPTZ, revoked_at TIMESTAMPTZ
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT k.id, k.key_prefix::text, k.name::text, k.quota_requests_per_minute, k.quota_requests_per_day, k.libraries, k.last_used_at,
         k.created_at, k.expires_at, k.revoked_at
  FROM session_of(session, at) w JOIN api_keys k ON k.user_id = w.user_id
  WHERE coalesce(least(k.revoked_at, k.expires_at) > at - interval '30 days', true)
    AND NOT EXISTS (SELECT FROM oauth_grants g WHERE g.api_key_id = k.id)
  ORDER BY k.created_at DESC, k.id;
END
$$;

-- What became of a new key: 'made'; 'known', where one of this id was made before; 'full', with so many live keys; null without a
-- session.
CREATE FUNCTION add_own_key(session TEXT, at TIMESTAMPTZ, key_id UUID, hash TEXT, prefix TEXT, called TEXT, until TIMESTAMPTZ, most INT)
RETURNS TEXT LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  person UUID;
BEGIN
  SELECT u.id INTO person FROM session_of(session, at) w JOIN users u ON u.id = w.user_id FOR NO KEY UPDATE OF u;
  IF person IS NULL THEN
    RETURN NULL;
  END IF;
  IF EXISTS (SELECT FROM api_keys k WHERE k.id = key_id) THEN
    RETURN 'known';
  END IF;
  IF (
    SELECT count(*) FROM api_keys k
    WHERE k.user_id = person AND k.revoked_at IS NULL AND coalesce(k.expires_at > at, true)
      AND NOT EXISTS (SELECT FROM oauth_grants g WHERE g.api_key_id = k.id)
  ) >= most THEN
    RETURN 'full';
  END IF;
  INSERT INTO api_keys (id, user_id, key_hash, key_prefix, name, created_at, expires_at)
  VALUES (key_id, person, hash, prefix, called, at, until);
  INSERT INTO audit_log (os_user, action, user_id, api_key_id, after)
  VALUES ('browser', 'key create', person, key_id, jsonb_build_object('expires_at', until));
  RETURN 'made';
END
$$;

-- Whether the key is one's own; it is revoked from now on, if it was not before.
CREATE FUNCTION revoke_own_key(session TEXT, at TIMESTAMPTZ, key_id UUID) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  person UUID;
BEGIN
  SELECT k.user_id INTO person FROM session_of(session, at) w JOIN api_keys k ON k.user_id = w.user_id
  WHERE k.id = key_id FOR NO KEY UPDATE OF k;
  IF person IS NULL THEN
    RETURN false;
  END IF;
  UPDATE api_keys k SET revoked_at = at WHERE k.id = key_id AND k.revoked_at IS NULL;
  IF FOUND THEN
    INSERT INTO audit_log (os_user, action, user_id, api_key_id) VALUES ('browser', 'key revoke', person, key_id);
  END IF;
  RETURN true;
END
$$;

-- Clients that one let in, each once for a machine, or for none; the newest first.
CREATE FUNCTION own_clients(session TEXT, at TIMESTAMPTZ) RETURNS TABLE (
  id UUID, client TEXT, name TEXT, machine TEXT, granted_at TIMESTAMPTZ, last_used_at TIMESTAMPTZ, expires_at TIMESTAMPTZ
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT f.* FROM (
    SELECT DISTINCT ON (g.client_id, g.machine) g.id, g.client_id::text, c.name::text, g.machine::text, g.created_at AS granted_at,
           k.last_used_at, k.expires_at
    FROM session_of(session, at) w
    JOIN oauth_grants g ON g.user_id = w.user_id
    JOIN oauth_clients c ON c.id = g.client_id
    JOIN api_keys k ON k.id = g.api_key_id
    WHERE g.revoked_at IS NULL AND k.revoked_at IS NULL AND coalesce(k.expires_at > at, true)
      AND (g.machine IS NOT NULL
           OR EXISTS (SELECT FROM oauth_tokens t WHERE t.grant_id = g.id AND t.spent_at IS NULL AND t.expires_at > at))
    ORDER BY g.client_id, g.machine, g.created_at DESC
  ) f
  ORDER BY f.granted_at DESC, f.id;
END
$$;

-- Whether the grant is one's own; all that its client was granted for its machine, or for none, ends.
CREATE FUNCTION end_own_client(session TEXT, at TIMESTAMPTZ, of_grant UUID) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  mine oauth_grants;
BEGIN
  SELECT g.* INTO mine FROM session_of(session, at) w JOIN oauth_grants g ON g.user_id = w.user_id WHERE g.id = of_grant;
  IF mine.id IS NULL THEN
    RETURN false;
  END IF;
  PERFORM FROM users u WHERE u.id = mine.user_id FOR NO KEY UPDATE;
  PERFORM end_oauth_grant(g.id, at) FROM oauth_grants g
  WHERE g.user_id = mine.user_id AND g.client_id = mine.client_id AND g.machine IS NOT DISTINCT FROM mine.machine
    AND g.revoked_at IS NULL;
  IF FOUND THEN
    PERFORM audit_person(mine.user_id, 'client revoke', jsonb_build_object('client', mine.client_id));
  END IF;
  RETURN true;
END
$$;

-- What was used on each day of UTC on which anything was asked, of those since an instant.
CREATE FUNCTION own_usage(session TEXT, at TIMESTAMPTZ, since TIMESTAMPTZ)
RETURNS TABLE (day DATE, requests BIGINT, tokens BIGINT, refused BIGINT)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT (u.created_at AT TIME ZONE 'UTC')::date,
         coalesce(sum(u.repeats) FILTER (WHERE is_counted(u.tool_name, u.outcome)), 0)::bigint,
         coalesce(sum(u.tokens_returned) FILTER (WHERE is_counted(u.tool_name, u.outcome)), 0)::bigint,
         coalesce(sum(u.repeats) FILTER (WHERE u.outcome = 'refused'), 0)::bigint
  FROM session_of(session, at) w JOIN usage_logs u ON u.user_id = w.user_id
  WHERE u.created_at >= since
  GROUP BY 1 ORDER BY 1;
END
$$;

-- Invoices that were sent, and credit notes, the newest first; what is due of them, and which forms of them are kept.
CREATE FUNCTION own_invoices(session TEXT, at TIMESTAMPTZ) RETURNS TABLE (
  id UUID, kind TEXT, number TEXT, issued_at TIMESTAMPTZ, due_at TIMESTAMPTZ, zone TEXT, status TEXT, total NUMERIC, due NUMERIC,
  currency TEXT, forms TEXT[]
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT d.id, d.kind, d.number, d.issued_at, d.due_at, d.zone, d.status, d.total, d.due, d.currency,
         ARRAY(SELECT o.form::text FROM invoice_documents o WHERE o.document_id = d.id ORDER BY o.form)
  FROM (
    SELECT i.id, 'invoice' AS kind, i.number::text, i.issue_date AS issued_at, i.due_date AS due_at,
           coalesce(i.seller ->> 'zone', 'UTC') AS zone, i.status::text, i.total, v.due, i.currency::text
    FROM session_of(session, at) w JOIN invoices i ON i.user_id = w.user_id CROSS JOIN LATERAL invoice_due(i.id) v
    WHERE i.number !~ '^DRAFT-'
    UNION ALL
    SELECT n.id, 'credit note', n.number::text, n.issue_date, NULL, coalesce(n.metadata -> 'seller' ->> 'zone', 'UTC'), NULL, n.total,
           NULL, n.currency::text
    FROM session_of(session, at) w JOIN credit_notes n ON n.user_id = w.user_id
  ) d
  ORDER BY d.issued_at DESC, d.number DESC;
END
$$;

-- A form of one's own document as it is kept; no row for another's.
CREATE FUNCTION own_document(session TEXT, at TIMESTAMPTZ, document UUID, wanted TEXT)
RETURNS TABLE (number TEXT, bytes BYTEA, sha256 TEXT)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT d.number::text, o.bytes, o.sha256::text
  FROM session_of(session, at) w
  JOIN (
    SELECT i.id, i.user_id, i.number FROM invoices i UNION ALL SELECT n.id, n.user_id, n.number FROM credit_notes n
  ) d ON d.user_id = w.user_id
  JOIN invoice_documents o ON o.document_id = d.id
  WHERE d.id = document AND o.form = wanted;
END
$$;

-- What one's own invoice or credit note says, as a document is made of; no row for another's.
CREATE FUNCTION own_invoice(session TEXT, at TIMESTAMPTZ, wanted UUID) RETURNS TABLE (
  id UUID, number TEXT, period JSONB, items JSONB, tax_groups JSONB, subtotal NUMERIC, tax NUMERIC, total NUMERIC, currency TEXT,
  issue_date TIMESTAMPTZ, due_date TIMESTAMPTZ, seller JSONB, metadata JSONB, template_version INT, burnt NUMERIC, invoice TEXT,
  invoice_issue_date TIMESTAMPTZ, reason TEXT
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT i.id, i.number::text, i.period, i.items, i.tax_groups, i.subtotal, i.tax, i.total, i.currency::text, i.issue_date, i.due_date,
         i.seller, i.metadata, i.template_version, d.burnt, NULL::text, NULL::timestamptz, NULL::text
  FROM session_of(session, at) w JOIN invoices i ON i.user_id = w.user_id CROSS JOIN LATERAL invoice_due(i.id) d
  WHERE i.id = wanted AND i.number !~ '^DRAFT-'
  UNION ALL
  SELECT n.id, n.number::text, i.period, n.items, n.tax_groups, n.subtotal, n.tax, n.total, n.currency::text, n.issue_date, NULL,
         NULL, n.metadata, i.template_version, NULL, i.number::text, i.issue_date, n.reason
  FROM session_of(session, at) w JOIN credit_notes n ON n.user_id = w.user_id JOIN invoices i ON i.id = n.invoice_id
  WHERE n.id = wanted;
END
$$;

-- The newest hundred alerts.
CREATE FUNCTION own_alerts(session TEXT, at TIMESTAMPTZ)
RETURNS TABLE (id UUID, type TEXT, message TEXT, is_read BOOLEAN, created_at TIMESTAMPTZ)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT a.id, a.type::text, a.message, a.is_read, a.created_at
  FROM session_of(session, at) w JOIN billing_alerts a ON a.user_id = w.user_id
  ORDER BY a.created_at DESC, a.id LIMIT 100;
END
$$;

-- How many alerts were unread, up to the instant of the page that listed them.
CREATE FUNCTION read_own_alerts(session TEXT, at TIMESTAMPTZ, shown_at TIMESTAMPTZ) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  changed INT;
BEGIN
  UPDATE billing_alerts a SET is_read = true, read_at = at
  FROM session_of(session, at) w WHERE a.user_id = w.user_id AND NOT a.is_read AND a.created_at <= shown_at;
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END
$$;

-- Browsers that are signed in, this one first.
CREATE FUNCTION own_sessions(session TEXT, at TIMESTAMPTZ) RETURNS TABLE (is_this BOOLEAN, created_at TIMESTAMPTZ, expires_at TIMESTAMPTZ)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  RETURN QUERY
  SELECT s.token_hash = session, s.created_at, s.expires_at
  FROM session_of(session, at) w JOIN web_sessions s ON s.user_id = w.user_id
  WHERE s.expires_at > at ORDER BY 1 DESC, 2 DESC;
END
$$;

-- End every other session; how many there were.
CREATE FUNCTION end_other_sessions(session TEXT, at TIMESTAMPTZ) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  ended INT;
BEGIN
  DELETE FROM web_sessions s USING session_of(session, at) w WHERE s.user_id = w.user_id AND s.token_hash <> session;
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END
$$;

REVOKE ALL ON FUNCTION own_plan(TEXT, TIMESTAMPTZ), own_limits(TEXT, TIMESTAMPTZ), own_keys(TEXT, TIMESTAMPTZ),
  add_own_key(TEXT, TIMESTAMPTZ, UUID, TEXT, TEXT, TEXT, TIMESTAMPTZ, INT), revoke_own_key(TEXT, TIMESTAMPTZ, UUID),
  own_clients(TEXT, TIMESTAMPTZ), end_own_client(TEXT, TIMESTAMPTZ, UUID),
  own_usage(TEXT, TIMESTAMPTZ, TIMESTAMPTZ), own_invoices(TEXT, TIMESTAMPTZ), own_document(TEXT, TIMESTAMPTZ, UUID, TEXT),
  own_invoice(TEXT, TIMESTAMPTZ, UUID),
  own_alerts(TEXT, TIMESTAMPTZ), read_own_alerts(TEXT, TIMESTAMPTZ, TIMESTAMPTZ), own_sessions(TEXT, TIMESTAMPTZ),
  end_other_sessions(TEXT, TIMESTAMPTZ)
FROM PUBLIC;
