"""Frozen values that flow through Lectern. Nothing here does I/O."""
