-- What roles have rights on.

-- name: objects
-- The tables of this schema without partitions, and those of the named functions that are here.
SELECT quote_ident(current_schema()) AS schema, quote_ident(current_database()) AS database,
       ARRAY(
         SELECT quote_ident(relname) FROM pg_class
         WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = current_schema()::regnamespace
           AND pg_has_role(relowner, 'USAGE')
       ) AS tables,
       ARRAY(SELECT name FROM unnest(%(functions)s::text[]) AS name WHERE to_regprocedure(name) IS NOT NULL) AS functions;

-- name: roles
SELECT count(*) AS there FROM pg_roles WHERE rolname = ANY (%(roles)s::text[]);

-- name: login
SELECT session_user AS name, (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) AS is_superuser,
       coalesce((SELECT pg_has_role(session_user, relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('users')), false) AS owns_tables,
       ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname = ANY (%(roles)s::text[]) AND pg_has_role(session_user, oid, 'MEMBER')
             ORDER BY 1) AS member_of;

-- name: rights
SELECT r.rolname AS role, c.relname AS name,
       ARRAY(SELECT one FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS one
             WHERE has_table_privilege(r.oid, c.oid, one)) AS rights
FROM pg_roles r CROSS JOIN pg_class c
WHERE r.rolname = ANY (%(roles)s::text[]) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relnamespace = current_schema()::regnamespace
ORDER BY 1, 2;

-- name: may_run
-- Who may run each of the named functions that are here; PUBLIC is everybody.
SELECT f.name, CASE r.name WHEN 'public' THEN 'everybody' ELSE r.name END AS role,
       has_function_privilege(r.name, to_regprocedure(f.name), 'EXECUTE') AS may
FROM unnest(%(functions)s::text[]) AS f (name) CROSS JOIN unnest('{public}'::text[] || %(roles)s::text[]) AS r (name)
WHERE to_regprocedure(f.name) IS NOT NULL
ORDER BY 1, 2;

-- name: open
-- Those of the named functions that run with their owner's rights, and that everybody may run.
SELECT oid::regprocedure::text AS name FROM pg_proc
WHERE oid = ANY (SELECT to_regprocedure(name) FROM unnest(%(functions)s::text[]) AS name)
  AND prosecdef AND pg_has_role(proowner, 'USAGE') AND has_function_privilege('public', oid, 'EXECUTE')
ORDER BY 1;
