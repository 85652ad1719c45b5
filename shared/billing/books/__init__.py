"""The books: what happened to money, as double entries that always balance."""
