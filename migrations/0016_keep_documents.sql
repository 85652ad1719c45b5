-- Invoices and credit notes in each form, as they were first made.

CREATE TABLE invoice_documents (
  document_id UUID NOT NULL, -- of the invoice or the credit note
  form VARCHAR(10) NOT NULL,
  bytes BYTEA NOT NULL,
  sha256 CHAR(64) NOT NULL,
  template_version INT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (document_id, form),
  CONSTRAINT invoice_documents_form_check CHECK (form IN ('html', 'pdf', 'xml'))
);

CREATE TRIGGER invoice_documents_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_documents
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
