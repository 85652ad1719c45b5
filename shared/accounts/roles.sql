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
