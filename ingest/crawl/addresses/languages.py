"""Pure: the human languages that a crawl wants."""

import re
from collections.abc import Iterable

from shared.errors import InvalidRequest
from shared.model.document import ExtractedPage

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def check_language(tag: str) -> str:
    """The tag itself. Raises InvalidRequest for what no page can be in."""
    if not _TAG.fullmatch(tag):
        raise InvalidRequest(f"{tag[:60]!r} is not a language tag", "write it as in en, pt-BR or zh-Hans")
    return tag


class LanguageFilter:
    """Wants those that are named (BCP 47; `en` stands for `en-GB` too), or that of the start page."""

    def __init__(self, languages: Iterable[str] = ()) -> None:
        self._wanted = tuple(language.lower() for language in languages)

    def start(self, language: str | None) -> None:
        """The start page is in this language."""
        primary = (language or "").lower().partition("-")[0]
        self._wanted = self._wanted or tuple(filter(None, (primary,)))

    def bars(self, language: str | None) -> str | None:
        """Why a page in this language is not wanted, or None.

        It is wanted, too, where it does not say its language, or nothing is known of what is wanted.
        """
        spoken = (language or "").lower()
        alike = (spoken == one or spoken.startswith(f"{one}-") for one in self._wanted)
        if not spoken or not self._wanted or any(alike):
            return None
        return f"in another language: {language} (--language {language} takes it)"

    def links(self, page: ExtractedPage) -> tuple[list[str], dict[str, str]]:
        """The links of a page, and the page itself in wanted languages; then links that are barred, and why."""
        foreign = {link: why for language, link in page.alternates if (why := self.bars(language))}
        named = (*page.links, *(link for _, link in page.alternates))
        wanted = [link for link in named if link not in foreign]
        return wanted, {link: foreign[link] for link in page.links if link in foreign}
