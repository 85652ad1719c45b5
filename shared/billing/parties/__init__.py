"""Who bills and who is billed, and which tax follows."""
