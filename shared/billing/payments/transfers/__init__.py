"""Money that came to a bank account, and the invoices that it pays."""
