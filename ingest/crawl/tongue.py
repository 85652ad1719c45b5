"""Pure: the human languages that a crawl wants."""

from collections.abc import Iterable


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
