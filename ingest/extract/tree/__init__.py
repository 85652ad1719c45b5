"""A page's tree: what is read from it, and how its elements are found, dropped and held aside."""
