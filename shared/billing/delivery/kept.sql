-- Documents as they were first made.

-- name: find
SELECT bytes, sha256 FROM invoice_documents WHERE document_id = %(id)s::uuid AND form = %(form)s::text;

-- name: keep
-- repeatable: the first one stays
INSERT INTO invoice_documents (document_id, form, bytes, sha256, template_version, created_at)
VALUES (%(id)s::uuid, %(form)s::text, %(bytes)s::bytea, %(sha256)s::text, %(template_version)s::int, %(now)s::timestamptz)
ON CONFLICT DO NOTHING;
