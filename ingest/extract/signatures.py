"""Signatures that Sphinx writes a parameter a line, in one: the parser would end them where their list begins."""

import re

_LISTED = re.compile(
    r'(<span class="sig-paren">[(\[]</span>)\s*<dl>((?:(?!<dl>).)*?)</dl>\s*(?=<span class="sig-paren">)',
    re.DOTALL,
)
_COMMA = re.compile(r",\s*</dd>\s*\Z")
_ITEM = re.compile(r"\s*</?dd>\s*")


def join_signatures(html: str) -> str:
    """The page's text, where `<dl>` stands in no `<dt>`. What ends the last parameter's line goes."""
    return _LISTED.sub(lambda found: found[1] + _ITEM.sub(" ", _COMMA.sub("", found[2])).strip(), html)
