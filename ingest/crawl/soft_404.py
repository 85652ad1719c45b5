"""Pure: soft 404s, error pages that come with status 200."""

import re

from shared.model.document import Document

SHORT = 600
"""Characters of Markdown: an error page says little, documentation of errors says more."""

_NOT_FOUND = re.compile(
    r"(?:error\W*)?404(?:\W*(?:error|not found|page not found|file not found))?\W*"
    r"|(?:oops\W*)?(?:(?:page|file|document|url) (?:was |could )?not (?:be )?found|not found|page does not exist)\W*"
    r"|(?:sorry\W*)?(?:this|the|that) page "
    r"(?:could not be found|can(?:no|['’])t be found|does(?: not|n['’]t) exist)\W*",
    re.IGNORECASE,
)

_EXPLAINED = re.compile(
    r"\b404\.\w{2,5}\b|\b(?:custom|own|default) (?:404|error|not[- ]found)(?: |-)pages?\b|```", re.IGNORECASE
)
"""What documentation says of the page that a site shows for an address that it does not have."""


def soft_404(document: Document) -> str | None:
    """Why what came is not the page that was requested, or None."""
    titles = (document.title, *(one.heading for one in document.sections[:1]))
    called = len(document.markdown) <= SHORT and any(_NOT_FOUND.fullmatch(title) for title in titles)
    if called and not _EXPLAINED.search(document.markdown):
        return "says that it was not found, with status 200"
    return None
