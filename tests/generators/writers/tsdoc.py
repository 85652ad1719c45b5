"""TypeScript with TSDoc: a page is a class, its blocks stand in the comments of the class and of its members."""

from collections.abc import Iterable, Mapping

from tests.generators.truth import Block, Callout, Code, Entry, Page
from tests.generators.writers import markdown
from tests.generators.writers.markdown import Flavour, Lines, body, fenced
from tests.generators.writers.mdx import details

CLASS = "Shelf"
_KINDS = {"danger": "CAUTION"}
_PART = "## Part "
_UNKNOWN = frozenset(("pycon",))


def write(pages: Iterable[Page]) -> Mapping[str, str]:
    """A module for each page."""
    return {f"src/{page.name}.ts": _module(page) for page in pages}


def says(block: Block) -> bool:
    if isinstance(block, Entry):
        return block.language == "typescript"
    return markdown.says(block, TSDOC)


def _module(page: Page) -> str:
    entries = [block for block in page.blocks if isinstance(block, Entry)]
    others = Page(page.name, page.title, tuple(one for one in page.blocks if not isinstance(one, Entry)))
    first, *parts = markdown.write(others, TSDOC).split(_PART)
    lines = [*_comment([page.title, *first.split("\n")[1:]]), f"export declare class {CLASS} {{"]
    for at, part in enumerate(parts, start=1):
        lines += [*_comment(part.split("\n")[1:]), f"part{at}(): void"]
    for entry in entries:
        lines += [*_comment(_described(entry)), entry.signature]
    return "\n".join([*lines, "}"]) + "\n"


def _described(entry: Entry) -> Lines:
    return [entry.description, *(f"@param {name} - {words}" for name, words in entry.parameters)]


def _comment(lines: Iterable[str]) -> Lines:
    return ["/**", *(f" * {line}".rstrip() for line in "\n".join(lines).strip("\n").split("\n")), " */"]


def _code(code: Code) -> Lines | None:
    """As it is: there are no marks, numbers and titles; what would end the comment cannot stand in it.

    Signs of a language that it does not highlight become markup.
    """
    unsaid = code.numbered or code.title or code.twoslash or code.language in _UNKNOWN
    marked = any(line.mark or "*/" in line.text for line in code.lines)
    return None if unsaid or marked else fenced(code, code.language)


def _alert(flavour: Flavour, callout: Callout) -> Lines:
    title = [f"**{callout.title}**", ""] if callout.title else []
    lines = [f"[!{_KINDS.get(callout.kind, callout.kind.upper())}]", *title, *body(callout.body, flavour)]
    return [f"> {line}".rstrip() for line in lines]


TSDOC = Flavour(code=_code, details=details, callout=_alert)
