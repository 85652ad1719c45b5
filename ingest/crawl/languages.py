"""Pure: the human languages that a crawl wants."""

import re
from collections.abc import Iterable

from shared.errors import InvalidRequest

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def check_language(tag: str) -> str:
    """The tag itself. Raises InvalidRequest for what no page can be in."""
    if not _TAG.fullmatch(tag):
        raise InvalidRequest(f"{tag[:60]!r} is not a language tag", "write it as in en, pt-BR or zh-Hans")
    return tag


class Tongue:
    """Those that are named (BCP 47; `en` stands for `en-GB` too), or that of the start page."""

    def __init__(self, languages: Iterable[str] = ()) -> None:
        self._wanted = tuple(language.lower() for language in languages)

    def start(self, language: str | None) -> None:
        """The start page is in this language."""
        primary = (language or "").lower().partition("-")[0]
        self._wanted = self._wanted or tuple(filter(None, (primary,)))

    def wants(self, language: str | None) -> bool:
        """Also where a page does not say its language, or nothing is known of what is wanted."""
        spoken = (language or "").lower()
        alike = (spoken == one or spoken.startswith(f"{one}-") for one in self._wanted)
        return not spoken or not self._wanted or any(alike)
