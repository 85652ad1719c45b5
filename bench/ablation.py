"""`python -m bench.ablation`: what each part of the ranking adds, on the tuning half of our own questions."""

import asyncio
from collections.abc import Sequence

from bench.measures import rank
from bench.retrieval import (
    QUESTIONS,
    Asker,
    Outcome,
    Question,
    Row,
    opened,
    read_questions,
    summary,
    symbol_questions,
)
from bench.sites import DOCUMENTATIONS, INVENTORY
from mcp_server.answer.pack import docs_text, pack
from mcp_server.answer.question import without_name
from mcp_server.answer.rank import CANDIDATES, REACH, distinct, fuse, spread, weighed
from shared.bm25 import FIELDS, HEADINGS, TEXT, query_vector
from shared.model.answer import DEFAULT_TOKENS, Answer, Hit
from shared.model.library import Generation
from shared.stores.vectors.port import index_of

SYMBOLS = 20
"""Questions about symbols, of each site."""


async def variants(asker: Asker, generation: Generation, question: str) -> dict[str, list[Hit]]:
    """The hits of each step of the ranking, which takes the one before it and adds one thing."""
    backing = asker.backing
    embedder = await backing.embedder(await backing.model(generation))
    vectors = await (await backing.stores()).vectors()
    catalogue = await backing.catalogue()
    dense = embedder.query(question).tolist()
    words = without_name(question, generation.library_id)
    by_words = {
        fields: await vectors.matching(index_of(generation), query_vector(words, fields), REACH)
        for fields in ((TEXT,), (TEXT, HEADINGS), FIELDS)
    }
    by_meaning = await vectors.nearest(index_of(generation), dense, REACH)
    steps = {
        "dense alone": dict(by_meaning[:CANDIDATES]),
        "BM25 of the text alone": dict(by_words[TEXT,][:CANDIDATES]),
        "both, fused by scores": fuse(by_meaning, by_words[TEXT,]),
        "+ headings": fuse(by_meaning, by_words[TEXT, HEADINGS]),
        "+ symbols": fuse(by_meaning, by_words[FIELDS]),
    }
    hits = {name: await catalogue.hits(scores) for name, scores in steps.items()}
    best = weighed(hits["+ symbols"], question)
    return hits | {
        "+ code, entries, pages counted as a whole, chronicles lowered": best,
        "+ repeats dropped, pages spread: as served": spread(distinct(best)),
    }


async def measured(questions: Sequence[Question]) -> list[Row]:
    """A row for each step."""
    names = sorted({question.library for question in questions})
    outcomes: dict[str, list[Outcome]] = {}
    async with opened(names) as asker:
        catalogue = await asker.backing.catalogue()
        for question in questions:
            library = DOCUMENTATIONS[question.library]
            generation = (await catalogue.served(library.library_id, library.version)).generation
            empty = Answer.empty(library.library_id, library.version)
            for step, hits in (await variants(asker, generation, question.text)).items():
                answer = pack(empty, hits, DEFAULT_TOKENS).answer
                said = docs_text(answer).lower()
                pages = [asker.page(question.library, snippet.source_url) for snippet in answer.snippets]
                has_term = any(term.lower() in said for term in question.answer_terms)
                outcomes.setdefault(step, []).append(
                    Outcome(rank(pages, question.gold), has_term, answer.tokens)
                )
    return [summary(step, each) for step, each in outcomes.items()]


def run() -> dict[str, list[Row]]:
    """Rows for `make bench`: our own questions, and symbols, which only one step is there for."""
    here = {name: found for name, one in DOCUMENTATIONS.items() if (found := one.directory)}
    own = [one for one in read_questions(QUESTIONS, "tuning") if one.library in here]
    symbols = [
        question
        for name, directory in here.items()
        if (directory / INVENTORY).is_file()
        for question in symbol_questions(name, directory)[:SYMBOLS]
    ]
    return {
        "own": asyncio.run(measured(own)) if own else [],
        "symbols": asyncio.run(measured(symbols)) if symbols else [],
    }


if __name__ == "__main__":
    for rows in run().values():
        for row in rows:
            print(row)
