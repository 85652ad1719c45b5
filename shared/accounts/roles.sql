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
