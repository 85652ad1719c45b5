"""What people owe: lines, drafts, invoices that were sent, and what corrects them."""
