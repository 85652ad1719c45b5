"""Which addresses belong to a crawl, and what each of them is called. Pure."""
