"""Formulas: their TeX where a page holds it, else a readable line."""
