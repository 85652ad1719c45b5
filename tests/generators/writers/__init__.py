"""A page of the truth as source, one module a language."""
