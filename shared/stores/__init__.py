"""PostgreSQL, Redis and Qdrant, embedded or as servers. `open.py` is the way in."""
