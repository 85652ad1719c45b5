"""llms.txt and llms-full.txt: the pages that a site names to language models. Only the addresses are taken."""

import re

_LINK = re.compile(r"\]\(\s*<?([^()\s<>]+)>?[^()]*\)")
_SOURCE = re.compile(
    r"^\s*(?:[-*]\s*)?(?:\*\*)?(?:source|url)(?:\*\*)?\s*:\s*(?:\*\*)?\s*<?(https?://\S+?)>?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_BARE = re.compile(r"^\s*(?:[-*]\s+)?<?(https?://\S+?)>?\s*$", re.MULTILINE)


def named_pages(body: bytes, *, whole: bool) -> list[str]:
    """The references of an llms.txt, each once, as they are written; of a `whole` text only the pages it is made of.

    A web page in its place names none.
    """
    text = body.decode("utf-8", "replace")
    if text.lstrip().startswith("<"):
        return []
    patterns = (_SOURCE,) if whole else (_LINK, _BARE)
    return list(dict.fromkeys(found[1] for pattern in patterns for found in pattern.finditer(text)))
