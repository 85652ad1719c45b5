"""`lectern-admin`: people, their keys, and what was used."""
