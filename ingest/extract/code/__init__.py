"""Code as its reader sees it, wherever a page keeps it."""
