"""Sphinx with the theme of PyData, MyST and numpydoc."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = author = html_title = "Kitchen"
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sphinx_design",
]
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
html_theme = "pydata_sphinx_theme"
exclude_patterns = [".venv"]
suppress_warnings = ["misc.highlighting_failure"]
