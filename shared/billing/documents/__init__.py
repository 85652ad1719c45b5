"""What customers receive: invoices and credit notes as HTML, PDF and XML."""
