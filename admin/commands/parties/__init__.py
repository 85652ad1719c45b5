"""Who bills, who is billed, and what these hear."""
