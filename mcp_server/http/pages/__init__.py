"""How pages look: one layout, one stylesheet, no script; each page's values stand on the first line of its template."""
