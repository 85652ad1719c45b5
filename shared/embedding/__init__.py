"""Text to vectors, locally, with fastembed."""
