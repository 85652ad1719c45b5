"""`python -m bench.retrieval`: how well questions, symbols and index terms are answered, page by page.

Three kinds of questions, none of which the crawl has seen: our own (questions.jsonl), symbols of the sites'
inventories, bare and in templates, and the terms of PostgreSQL's index. A hit is a page.
"""

import argparse
import asyncio
import json
import os
import random
import re
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from lxml import html

from bench.measures import Rank, hit, interval, page, rank, reciprocal
from bench.sites import DOCUMENTATIONS, INVENTORY, ROOT, Documentation, crawl
from ingest.crawl.lists.inventory import parse_inventory
from mcp_server.backing import Backing
from mcp_server.replies import docs
from shared.catalogue.crawls import Crawls
from shared.model.account import ANONYMOUS
from shared.settings import IngestSettings, load

QUESTIONS = Path(__file__).with_name("questions.jsonl")
HOME = ROOT / ".cache" / "bench"
SYMBOLS_A_SITE = 60
Row = dict[str, Any]
TEMPLATES = ("{}", "how to use {}", "{} parameters")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a library, the pages that answer it, and the words that a passage that does so holds."""

    library: str
    text: str
    gold: tuple[str, ...]
    answer_terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question."""

    rank: Rank
    has_term: bool
    tokens: int


def read_questions(path: Path, half: str | None) -> list[Question]:
    """Questions of a JSON lines file; of one half, if one is named."""
    rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    return [
        Question(row["library"], row["question"], tuple(row["gold"]), tuple(row.get("answer_terms", ())))
        for row in rows
        if half is None or row.get("half") == half
    ]


def symbol_questions(name: str, directory: Path) -> list[Question]:
    """Symbols drawn from a site's inventory, each asked bare and in a template."""
    base = "http://site/"
    found = parse_inventory((directory / INVENTORY).read_bytes(), base)
    homes: dict[str, set[str]] = {}
    for url, anchors in found.pages.items():
        for symbol in anchors.values():
            homes.setdefault(symbol, set()).add(page(url, base))
    drawn = _drawn([symbol for symbol in homes if re.fullmatch(r"[\w.]+", symbol)], SYMBOLS_A_SITE)
    return [
        Question(name, template.format(symbol), tuple(homes[symbol]))
        for place, symbol in enumerate(drawn)
        for template in {TEMPLATES[0], TEMPLATES[1 + place % 2]}
    ]


def index_questions(name: str, directory: Path) -> list[Question]:
    """The terms of a DocBook index, each with every page that the index names for it."""
    homes: dict[str, set[str]] = {}
    whole = html.parse(str(directory / "bookindex.html"))
    for entry in whole.xpath("//dt[not(ancestor::dd)]"):
        term = (entry.text or "").strip(" ,\u200b").replace("\u200b", "")
        pages = {page(link.get("href", ""), "") for link in entry.iter("a")} - {""}
        if term and pages:
            homes.setdefault(term, set()).update(pages)
    return [Question(name, term, tuple(homes[term])) for term in sorted(homes)]


class Asker:
    """Asks as the server does, in this process."""

    def __init__(self, backing: Backing, roots: Mapping[str, str]) -> None:
        self.backing = backing
        self._roots = roots
        """Where each library was crawled: what its source URLs begin with."""

    async def outcomes(self, questions: Iterable[Question]) -> list[Outcome]:
        return [await self._outcome(question) for question in questions]

    def page(self, library: str, source_url: str) -> str:
        """What a source URL of the library is compared by."""
        return page(source_url, self._roots[library])

    def root(self, library: str) -> str:
        """What source URLs of the library begin with."""
        return self._roots[library]

    async def _outcome(self, question: Question) -> Outcome:
        library = DOCUMENTATIONS[question.library]
        reply = await docs(
            self.backing, ANONYMOUS, f"{library.library_id}/{library.version}", question.text, tokens=None
        )
        snippets = reply.data.model_dump()["snippets"]
        pages = [self.page(question.library, snippet["source_url"]) for snippet in snippets]
        said = reply.text.lower()
        return Outcome(
            rank(pages, question.gold),
            any(term.lower() in said for term in question.answer_terms),
            reply.spent.tokens,
        )


def summary(kind: str, outcomes: Sequence[Outcome]) -> Row:
    """One row of the table, every figure with its 95 % confidence interval."""
    ranks = [outcome.rank for outcome in outcomes]
    figures = {
        "MRR": [reciprocal(found) for found in ranks],
        "Hit@1": list(map(hit(1), ranks)),
        "Hit@3": list(map(hit(3), ranks)),
        "Hit@5": list(map(hit(5), ranks)),
        "answer terms": [float(outcome.has_term) for outcome in outcomes],
    }
    if not any(figures["answer terms"]):
        del figures["answer terms"]
    return (
        {"questions": kind, "n": len(outcomes)}
        | {name: str(interval(values)) for name, values in figures.items()}
        | {"tokens, median": round(median(outcome.tokens for outcome in outcomes))}
    )


@asynccontextmanager
async def opened(names: Sequence[str]) -> AsyncIterator[Asker]:
    """Asks the stores under LECTERN_HOME (`.cache/bench` if it is not set), once all of these are served there."""
    settings = load(home=Path(os.environ.get("LECTERN_HOME", HOME)))
    backing = Backing(settings)
    try:
        yield Asker(backing, {name: await _root(backing, DOCUMENTATIONS[name], settings) for name in names})
    finally:
        await backing.close()


async def measured(names: Sequence[str], halves: Sequence[str], more: Sequence[Path] = ()) -> list[Row]:
    """Every kind of question about the libraries named, a row each."""
    asked = [(f"our own, {half} half", read_questions(QUESTIONS, half)) for half in halves]
    asked += [(path.stem, read_questions(path, None)) for path in more]
    here = {name: directory for name in names if (directory := DOCUMENTATIONS[name].directory)}
    symbols = [
        question
        for name, directory in here.items()
        if (directory / INVENTORY).is_file()
        for question in symbol_questions(name, directory)
    ]
    asked.append(("symbols of the inventories", symbols))
    if "postgres" in here:
        asked.append(("terms of PostgreSQL's index", index_questions("postgres", here["postgres"])))
    async with opened(names) as asker:
        rows = []
        for kind, questions in asked:
            wanted = [question for question in questions if question.library in names]
            if wanted:
                rows.append(summary(kind, await asker.outcomes(wanted)))
        return rows


async def _root(backing: Backing, library: Documentation, settings: IngestSettings) -> str:
    """Where the library was crawled; it is crawled first if it is not served yet."""
    crawls = Crawls(await (await backing.stores()).database())
    found = await crawls.refreshable(library.library_id, library.version)
    if not found:
        crawl(library, os.environ | {"LECTERN_HOME": str(settings.home)})
        found = await crawls.refreshable(library.library_id, library.version)
    return found[0].start_url


def _drawn(population: Sequence[str], most: int) -> list[str]:
    """The same on every run."""
    return random.Random(1).sample(sorted(population), min(most, len(population)))


def run() -> dict[str, Any]:
    """Rows for `make bench`: both halves, of the libraries that are on this machine."""
    names = [name for name, documentation in DOCUMENTATIONS.items() if documentation.directory]
    missing = [one.package for one in DOCUMENTATIONS.values() if not one.directory]
    rows = asyncio.run(measured(names, ("tuning", "test"))) if names else []
    notes = [
        "A mean with its 95 % confidence interval (percentile bootstrap over questions). Weights were chosen on the "
        "tuning half; the crawls saw no inventory."
    ]
    return {"rows": rows, "notes": notes + [f"Not on this machine: {', '.join(missing)}."] * bool(missing)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval", description=__doc__)
    parser.add_argument("--half", action="append", choices=("tuning", "test"), default=[])
    parser.add_argument("--library", action="append", choices=sorted(DOCUMENTATIONS), default=[])
    parser.add_argument("--questions", action="append", type=Path, default=[], help="another JSON lines file")
    asked = parser.parse_args()
    names = asked.library or list(DOCUMENTATIONS)
    for row in asyncio.run(measured(names, asked.half or ["tuning"], asked.questions)):
        print(json.dumps(row), file=sys.stdout)


if __name__ == "__main__":
    main()
