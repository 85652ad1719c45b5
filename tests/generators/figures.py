"""The table of `docs/generators.md`, from the pages and from what is known to be wrong."""

import re
from pathlib import Path

from tests.generators.compare import kind_of
from tests.generators.generators import CORPUS, GENERATORS, Generator
from tests.generators.known import known_wrong

PAGE = Path(__file__).parents[2] / "docs" / "generators.md"
_TABLE = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)
_KINDS = (
    "code",
    "added",
    "removed",
    "twoslash",
    "group",
    "tabs",
    "details",
    "callout",
    "table",
    "formula",
    "entry",
)


def with_figures(page: str) -> str:
    """The page with its table made anew: blocks equal to their source, of how many, by generator and kind."""
    built = [one for name, one in sorted(GENERATORS.items()) if (CORPUS / name).is_dir()]
    rows = (("", *_KINDS, "all", "share"), ("---",) * (len(_KINDS) + 3), *map(_row, built))
    lines = (f"| {' | '.join(row)} |" for row in rows)
    wrong = (
        f"- {one.name}: {', '.join(f'`{name}`' for name in known_wrong(one.name)) or 'nothing'}"
        for one in built
    )
    text = "\n".join(("", *lines, "", "Still wrong, by their names:", "", *wrong, "", ""))
    return _TABLE.sub(lambda _: text, page)


def _row(generator: Generator) -> tuple[str, ...]:
    lost = known_wrong(generator.name)
    blocks = [block for page in generator.pages for block in page.blocks]
    equal = {block.name for block in blocks if block.name not in lost}
    cells = []
    for kind in _KINDS:
        of_kind = [block.name for block in blocks if kind_of(block) == kind]
        cells.append(f"{len(equal.intersection(of_kind))}/{len(of_kind)}" if of_kind else "")
    share = f"{len(equal) / len(blocks):.3f}"
    return (generator.name, *cells, f"{len(equal)}/{len(blocks)}", share)
