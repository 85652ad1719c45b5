"""How an embedding model comes to this machine."""
