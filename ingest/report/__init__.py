"""What came of a crawl, as values. Pure."""
