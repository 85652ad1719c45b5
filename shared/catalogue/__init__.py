"""Libraries, versions, generations, chunks and crawls as PostgreSQL keeps them."""
