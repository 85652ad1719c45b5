"""Blocks of each kind, out of which pages are made."""
