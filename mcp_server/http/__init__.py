"""The service over HTTP: the same server for many people, who are known by a key or a token."""
