"""HTML of a document as PDF, by WeasyPrint: nothing is fetched, from no network and no file."""

import logging
from functools import cache
from typing import Any

from shared.errors import InvalidRequest
from shared.one_line import one_line

_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


def pdf(html: str) -> bytes:
    """About 0.1 s of a processor. Raises InvalidRequest where WeasyPrint or Pango is not installed, or fails."""
    tools = _tools()
    nothing = tools.urls.URLFetcher(allowed_protocols=())
    try:
        made: bytes = tools.HTML(string=html, url_fetcher=nothing).write_pdf()
    except Exception as error:  # whatever may happen in it
        reason = one_line(str(error)) or type(error).__name__
        raise InvalidRequest(
            f"the PDF cannot be made ({type(error).__name__}: {reason[:200]})",
            "export it as HTML, and tell us of it",
        ) from error
    return made


@cache
def _tools() -> Any:
    """WeasyPrint, loaded when it is first needed."""
    try:
        import weasyprint
    except ImportError:
        raise InvalidRequest(
            "PDF needs WeasyPrint, which is not installed", "pip install 'lectern-mcp[documents]'"
        ) from None
    except OSError as error:
        raise InvalidRequest(
            f"PDF needs Pango, which is not installed ({str(error)[:80]})",
            f"on Debian and Ubuntu: apt-get install {_PACKAGES}; "
            "elsewhere as doc.courtbouillon.org/weasyprint says",
        ) from None
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    return weasyprint
