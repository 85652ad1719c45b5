"""A cleaned region to Markdown, and Markdown that a site sends itself."""
