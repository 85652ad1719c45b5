"""Pages as they are stored, and all those of a generation as one archive."""
