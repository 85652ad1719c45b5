"""Pure: a page that is sent as if it were one, and is but an error or a locked door."""

import re
from urllib.parse import urlsplit

from ingest.crawl.answer import Fetched
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
_DOOR = re.compile(r"/(?:log-?in|sign-?in|sso|saml\d?|oauth\d?|auth)(?:[/._-]|$)", re.IGNORECASE)


def impostor(document: Document, fetched: Fetched) -> str | None:
    """Why what came is not the page that was asked for, or None."""
    if fetched.redirects and _is_door(fetched.url) and not _is_door(fetched.redirects[0]):
        return "asks to sign in (--header sends credentials)"
    titles = (document.title, *(one.heading for one in document.sections[:1]))
    if len(document.markdown) <= SHORT and any(_NOT_FOUND.fullmatch(title) for title in titles):
        return "says that it was not found, with status 200"
    return None


def _is_door(url: str) -> bool:
    return _DOOR.search(urlsplit(url).path) is not None
