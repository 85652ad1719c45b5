"""The pages of a generation as one archive."""
