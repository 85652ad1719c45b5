"""Markdown and plain text as they are: headings made `#`, front matter and what is not seen taken off."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.extract.clean.contents import heading_key, is_contents_label
from ingest.extract.code.source_listings import is_named, names_source
from ingest.extract.markdown.hidden import open_fence, seen
from ingest.extract.markdown.mdx import plain_markdown
from ingest.extract.tree.metadata import address, page_title
from shared.errors import NoText
from shared.model.document import Document, ExtractedPage, Section
from shared.one_line import one_line

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
_TITLE = re.compile(r"^title:\s*['\"]?(.+?)['\"]?\s*$", re.MULTILINE)
_MARKS = re.compile(r"<[^<>]*>|[`*\\]")
_ANCHOR = re.compile(r"(?:\\?\{|\[)#([\w:.-]+)[^{}\[\]]*[}\]]\s*$")


def extract_text(text: str, url: str) -> ExtractedPage:
    """A page whose text is Markdown already. Raises NoText where there is none."""
    front = _FRONT_MATTER.match(text)
    body = plain_markdown(text[front.end() :] if front else text)
    reader = MarkdownIt("commonmark").enable("table")
    tokens = reader.parse(body)
    if (shown := seen(body, tokens)) != body:
        body, tokens = shown, reader.parse(shown)
    lines = body.rstrip().split("\n")
    if fence := open_fence(lines, tokens):
        lines.append(fence)
    if not any(line.strip() for line in lines):
        raise NoText("the page is empty")
    sections = []
    for section, last in _headings(tokens):
        if last - section.line > 1:
            lines[section.line : last] = [
                f"{'#' * section.level} {section.heading}",
                *[""] * (last - section.line - 1),
            ]
        sections.append(section)
    contents = list(_contents(tokens, {heading_key(one.heading) for one in sections}))
    for start, end in contents:
        lines[start:end] = [""] * (end - start)
    sections = [one for one in sections if not any(start <= one.line < end for start, end in contents)]
    titled = _TITLE.search(front[1]) if front else None
    named = titled[1] if titled else ""
    title = named or page_title("", [(one.level, one.heading) for one in sections], url)
    document = Document(
        url,
        title,
        "\n".join(lines) + "\n",
        tuple(sections),
        generator="markdown",
        listings=tuple(_listings(tokens)),
    )
    return ExtractedPage(document, _links(tokens, url))


def _headings(tokens: list[Token]) -> Iterator[tuple[Section, int]]:
    """Each heading, and the line behind it."""
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.map and token.level == 0:
            inline = tokens[at + 1]
            text = "".join(one.content if one.type in ("text", "code_inline") else " " for one in inline.children or ()
                           if one.type in ("text", "code_inline", "softbreak"))  # fmt: skip
            named = _ANCHOR.search(text)
            heading = one_line(text[: named.start()] if named else text)
            if heading:
                yield (
                    Section(heading, int(token.tag[1]), named[1] if named else None, token.map[0]),
                    token.map[1],
                )


def _contents(tokens: list[Token], headings: set[str]) -> Iterator[tuple[int, int]]:
    """The lines of each contents list, from its label on: a list of links to headings of the page, and nothing else."""
    label: int | None = None
    for at, token in enumerate(tokens):
        if token.level or token.nesting < 0 or not token.map:
            continue
        if token.type in ("bullet_list_open", "ordered_list_open"):
            end = next(
                rest
                for rest in range(at, len(tokens))
                if tokens[rest].level == 0 and tokens[rest].nesting < 0
            )
            entries = [one for one in tokens[at:end] if one.type == "inline"]
            if entries and all(_is_entry(one, headings) for one in entries):
                yield token.map[0] if label is None else label, token.map[1]
        said = tokens[at + 1].content if token.type in ("heading_open", "paragraph_open") else ""
        label = token.map[0] if is_contents_label(_unmarked(said)) else None


def _is_entry(inline: Token, headings: set[str]) -> bool:
    """Whether a line is one link to a heading of the page."""
    links = [one for one in inline.children or () if one.type == "link_open"]
    leads = len(links) == 1 and str(links[0].attrGet("href") or "").startswith("#")
    said = "".join(one.content for one in inline.children or () if one.type in ("text", "code_inline"))
    return leads and heading_key(said) in headings


def _listings(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """The lines of each source listing below an entry of a reference: its label, and the code right behind."""
    named, label = False, None
    for at, token in enumerate(tokens):
        if token.type in ("fence", "code_block") and token.map and label is not None:
            yield label, token.map[1]
        if token.level or token.nesting < 0 or token.type == "inline":
            continue
        said = token.content if token.type == "html_block" else ""
        if token.type in ("heading_open", "paragraph_open"):
            said = tokens[at + 1].content
        if token.type == "heading_open":
            named = is_named(_unmarked(said), coded=said.startswith("`") and said.endswith("`"))
        label = token.map[0] if named and token.map and names_source(_unmarked(said)) else None


def _unmarked(markup: str) -> str:
    return one_line(_MARKS.sub("", markup))


def _links(tokens: list[Token], url: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for token in tokens:
        for one in token.children or ():
            if one.type == "link_open":
                href, _, fragment = str(one.attrGet("href") or "").partition("#")
                route = f"#{fragment}" if fragment.startswith("/") else ""
                if (href or route) and (there := address(url, href)):
                    found[there + route] = None
    return tuple(found)
