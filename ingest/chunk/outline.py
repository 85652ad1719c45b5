"""Pure: a document's sections -> a tree: who is under whom, which path and which address each one has."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.chunk.pieces import Scale, text_pieces
from shared.model.document import Document, Section, unsigned
from shared.one_line import one_line


@dataclass(frozen=True, slots=True)
class Node:
    """A section of a document; node 0 is the page itself. A subtree is the nodes from `index` to `end`."""

    index: int
    end: int
    parent: int
    owner: int
    """The API entry that this section belongs to, itself included; -1 outside of any."""
    symbol: str | None
    """The owner's."""
    heading: str
    """Its line of Markdown, as it stands; empty for the page."""
    lines: tuple[str, ...]
    """What stands between this heading and the next."""
    path: tuple[str, ...]
    path_weight: int
    url: str
    """The page's address with the nearest anchor at or above."""

    @property
    def is_entry(self) -> bool:
        """Whether the heading is the signature of an API entry."""
        return self.owner == self.index

    def holds(self, index: int) -> bool:
        return self.index <= index < self.end


def outline(document: Document, scale: Scale) -> tuple[Node, ...]:
    """The page, then its sections in order of their lines. An API entry's name in a path is its symbol."""
    lines = document.markdown.replace("\r\n", "\n").replace("\r", " ").split("\n")
    sections = _inside(document.sections, lines)
    starts = [section.line for section in sections]
    address = document.url.partition("#")[0]
    title = one_line(document.title)
    path, weight = _path((title,) if title else (), scale)
    nodes = [
        Node(0, 0, -1, -1, None, "", tuple(lines[: starts[0] if starts else None]), path, weight, address)
    ]
    levels = [0]
    above = [0]
    url = address
    for index, section in enumerate(sections, start=1):
        while above[-1] and levels[above[-1]] >= section.level:
            closed = above.pop()
            nodes[closed] = replace(nodes[closed], end=index)
        parent = nodes[above[-1]]
        name = one_line(section.symbol or unsigned(section.heading))
        if name and not (parent.path and name.casefold() == parent.path[-1].casefold()):
            path, weight = _path((*parent.path, name), scale)
        else:
            path, weight = parent.path, parent.path_weight
        url = f"{address}#{section.anchor}" if section.anchor else url
        heading = lines[section.line]
        below = lines[section.line + 1 : starts[index] if index < len(starts) else None]
        nodes.append(
            Node(
                index,
                index,
                parent.index,
                index if section.symbol else parent.owner,
                section.symbol or parent.symbol,
                unsigned(heading.strip()),
                _outdented(below, heading),
                path,
                weight,
                url,
            )
        )
        levels.append(section.level)
        above.append(index)
    for index in above:
        nodes[index] = replace(nodes[index], end=len(nodes))
    return tuple(nodes)


_NESTED = re.compile(r"[ ]*(?:(?:[-*+]|\d{1,9}[.)])[ ]+)*(?=#)")


def _inside(sections: Sequence[Section], lines: Sequence[str]) -> list[Section]:
    """Ascending, one a line. A heading in a quotation, such as a call-out, opens no section."""
    found = {section.line: section for section in sections if 0 <= section.line < len(lines)}
    return [found[line] for line in sorted(found) if not lines[line].lstrip().startswith(">")]


def _outdented(lines: Sequence[str], heading: str) -> tuple[str, ...]:
    """Lines under a heading that stands in a list: they are no code, though indented."""
    nested = _NESTED.match(heading)
    indent = nested.end() if nested else 0
    if not indent:
        return tuple(lines)
    return tuple(line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in lines)


def _path(names: tuple[str, ...], scale: Scale) -> tuple[tuple[str, ...], int]:
    """Names and their weight, at most a third of the text window: middle ones go, then long ones are cut."""
    limit = scale.text_window // 3
    weight = scale.weigh(" > ".join(names)) if names else 0
    while weight > limit and len(names) > 2:
        names = (names[0], *names[2:])
        weight = scale.weigh(" > ".join(names))
    if weight > limit:
        share = max(1, limit // len(names) - scale.weigh(" > "))
        names = tuple(next(text_pieces(name, "", share, scale)).text for name in names)
        weight = scale.weigh(" > ".join(names))
    return names, weight
