"""Sphinx with furo and tabs of two makes."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = author = html_title = "Kitchen"
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_tabs.tabs",
    "sphinx_inline_tabs",  # after it: both have a directive `tab`
]
html_theme = "furo"
exclude_patterns = [".venv"]
suppress_warnings = ["app.add_directive", "misc.highlighting_failure"]
maximum_signature_line_length = 40
