"""A page's bytes to Markdown with its sections, links and what it says to a crawler."""

from ingest.extract.markdown.twin import Kin, with_twin
from ingest.extract.page import extract

__all__ = ["Kin", "extract", "with_twin"]
