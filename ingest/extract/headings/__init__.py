"""Headings: their text, their anchors, and the symbols that they define."""
