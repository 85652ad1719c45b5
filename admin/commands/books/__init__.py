"""The books: run, shown, reported, exported, compared."""
