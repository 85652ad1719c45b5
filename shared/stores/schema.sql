-- name: parts
-- What a session sees by its plain name: kind, name, and a definition that is equal on PostgreSQL 15 to 18.
-- Storage, statistics, rights and owners are the operator's business; so are objects of extensions.
WITH tables AS (
  SELECT oid, relname FROM pg_class
  WHERE relkind IN ('r', 'p') AND NOT relispartition AND pg_table_is_visible(oid)
    AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
)
SELECT 'extension' AS kind, extname::text AS name, '' AS definition FROM pg_extension
UNION ALL
SELECT 'table', relname, '' FROM tables
UNION ALL
SELECT 'column', t.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
  || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
  || CASE WHEN a.attgenerated = 's' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
          WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END
FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
UNION ALL
SELECT 'function', p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
  regexp_replace(regexp_replace(pg_get_functiondef(p.oid), '^(CREATE OR REPLACE FUNCTION )[^(]*', '\1' || p.proname),
                 '( SET search_path) TO [^\n]+, ''pg_temp''', '\1 FROM CURRENT')
FROM pg_proc p
WHERE p.prokind = 'f' AND pg_function_is_visible(p.oid)
  AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  AND NOT EXISTS (
    SELECT FROM pg_depend m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid AND m.deptype = 'e')
UNION ALL
SELECT 'constraint', t.relname || '.' || c.conname,
  CASE WHEN EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = c.oid AND g.tgenabled NOT IN ('O', 'A'))
       THEN 'disabled'
       -- a cast that PostgreSQL writes into an IN list moves when it reads back what it wrote
       ELSE regexp_replace(pg_get_constraintdef(c.oid, true), '::(character varying|text)(\[\])?', '', 'g') END
FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype IN ('p', 'u', 'c', 'f', 'x')
UNION ALL
SELECT 'index', t.relname || '.' || i.relname, CASE WHEN x.indisvalid AND x.indisready
  THEN regexp_replace(pg_get_indexdef(x.indexrelid, 0, true),
                      ' WITH \([^)]*\)| ONLY|::(character varying|text)(\[\])?', '', 'g') ELSE 'invalid' END
FROM tables t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'trigger', t.relname || '.' || g.tgname,
  CASE WHEN g.tgenabled IN ('O', 'A') THEN pg_get_triggerdef(g.oid, true) ELSE 'disabled' END
FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal;

-- name: rows
-- Without these rows nothing works.
SELECT EXISTS (SELECT FROM installation) AS installation, EXISTS (SELECT FROM catalogue_revision) AS catalogue_revision;
