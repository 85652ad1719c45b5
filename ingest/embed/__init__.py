"""Texts become vectors, in workers."""
