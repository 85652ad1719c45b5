"""A page's bytes to Markdown with its sections, links and what it says to a crawler."""

from ingest.extract.page import extract
from ingest.extract.twin import with_twin

__all__ = ["extract", "with_twin"]
