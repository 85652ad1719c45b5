"""`python -m tests.generators.measure [--wrong] [NAME ...]`: which blocks came out as they were written."""

import argparse
import difflib
import gzip
from collections import Counter
from collections.abc import Iterator
from functools import cache

from rich.console import Console
from rich.table import Table

from ingest.extract import extract
from tests.generators.compare import Read, Wrong, compare, kind_of
from tests.generators.figures import PAGE, with_figures
from tests.generators.generators import CORPUS, GENERATORS, Generator, named
from tests.generators.known import keep_known
from tests.generators.reading import pieces
from tests.generators.truth import Block, Page


@cache
def read_page(name: str, page: str) -> Read:
    """A page of a generator, as it was built and extracted."""
    generator = GENERATORS[name]
    html = gzip.decompress((CORPUS / name / f"{page}.html.gz").read_bytes())
    markdown = extract(html, f"https://{name}.example/{page}").document.markdown
    return Read(markdown, pieces(markdown), generator.linear, generator.untold)


def measured(generator: Generator) -> Iterator[tuple[Page, Block, Wrong | None]]:
    """Every block of a generator's pages, with what is wrong with it."""
    for page in generator.pages:
        for block in page.blocks:
            yield page, block, compare(block, read_page(generator.name, page.name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--wrong", action="store_true", help="show each wrong block")
    parser.add_argument(
        "--mended",
        action="store_true",
        help="take what is right off the lists of what is wrong, and say so in the documentation",
    )
    chosen = parser.parse_args()
    console = Console(width=160, highlight=False)
    built = [one for one in named(chosen.names) if (CORPUS / one.name).is_dir()]
    all_of: Counter[tuple[str, str]] = Counter()
    equal: Counter[tuple[str, str]] = Counter()
    for generator in built:
        name = generator.name
        lost = []
        for page, block, wrong in measured(generator):
            for kind in (kind_of(block), "all"):
                all_of[name, kind] += 1
                equal[name, kind] += wrong is None
            if wrong:
                lost.append(block.name)
            if wrong and chosen.wrong:
                _show(console, f"{name}/{page.name}", wrong)
        if chosen.mended:
            keep_known(name, lost)
    if chosen.mended:
        PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    kinds = [*sorted({kind for _, kind in all_of} - {"all"}), "all"]
    table = Table("blocks equal to their source", *kinds, "share")
    for name in (one.name for one in built):
        shown = (f"{equal[name, kind]}/{all_of[name, kind]}" if all_of[name, kind] else "" for kind in kinds)
        table.add_row(name, *shown, f"{equal[name, 'all'] / all_of[name, 'all']:.3f}")
    console.print(table)


def _show(console: Console, where: str, wrong: Wrong) -> None:
    console.print(f"\n{where}: {wrong.block.name}: {wrong.why}", markup=False)
    diff = difflib.unified_diff(
        wrong.wanted.split("\n"), wrong.got.split("\n"), "wanted", "got", lineterm="", n=99
    )
    console.print("\n".join(diff), markup=False)


if __name__ == "__main__":
    main()
