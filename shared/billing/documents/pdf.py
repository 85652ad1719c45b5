"""HTML of a document as PDF, by WeasyPrint: nothing is fetched, from no network and no file."""

import logging
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Final

from shared.errors import InvalidRequest
from shared.one_line import one_line

_ONE_AT_A_TIME: Final = Lock()
"""Pango's fonts are for one thread."""
_PACKAGES: Final = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


def pdf(html: str) -> bytes:
    """About 0.1 s of a processor. Raises InvalidRequest where WeasyPrint or Pango is not installed, or fails."""
    printer = _printer()
    try:
        with _ONE_AT_A_TIME:
            return printer(html)
    except Exception as error:  # whatever may happen in it
        reason = one_line(str(error)) or type(error).__name__
        raise InvalidRequest(
            f"the PDF cannot be made ({type(error).__name__}: {reason[:200]})",
            "export it as HTML, and tell us of it",
        ) from error


@cache
def _printer() -> Callable[[str], bytes]:
    """WeasyPrint, loaded when it is first needed, with one set of fonts: each further set would stay in memory."""
    try:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
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
    fonts = FontConfiguration()
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())

    def printed(html: str) -> bytes:
        made: bytes = weasyprint.HTML(string=html, url_fetcher=nothing).write_pdf(font_config=fonts)
        return made

    return printed
