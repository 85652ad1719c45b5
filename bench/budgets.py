"""`python -m bench.budgets`: what answers of each size hold, as text and as data; what is asked and what is given."""

import argparse
import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

from bench.measures import Rank, hit, rank, reciprocal
from bench.retrieval import QUESTIONS, Asker, Question, Row, opened, read_questions
from bench.sites import DOCUMENTATIONS
from mcp_server.answer.cost import cost
from mcp_server.replies import docs
from shared.model.account import ANONYMOUS

BUDGETS = (1500, 3000, 5000, 8000)
_SOURCE = re.compile(r"^Source: (\S+)", re.MULTILINE)


async def measured(asker: Asker, questions: Sequence[Question], tokens: int) -> Row:
    """One row: medians of costs, and how well the data's order and the text's do."""
    texts, shares, data, terms = [], [], [], []
    ranks: dict[str, list[Rank]] = {"data": [], "text": []}
    for question in questions:
        library = DOCUMENTATIONS[question.library]
        reply = await docs(
            asker.backing, ANONYMOUS, f"{library.library_id}/{library.version}", question.text, tokens=tokens
        )
        answer: dict[str, Any] = reply.data.model_dump(mode="json")
        texts.append(cost(reply.text))
        data.append(cost(json.dumps(answer, ensure_ascii=False, separators=(",", ":"))))
        if answer["next_cursor"]:
            shares.append(texts[-1] / tokens)
        orders = {
            "data": [snippet["source_url"] for snippet in answer["snippets"]],
            "text": _SOURCE.findall(reply.text),
        }
        for name, urls in orders.items():
            pages = [asker.page(question.library, url) for url in urls]
            ranks[name].append(rank(pages, question.gold))
        terms.append(any(term.lower() in reply.text.lower() for term in question.answer_terms))
    return {
        "asked": tokens,
        "text": round(median(texts)),
        "share, with a cursor": f"{median(shares):.3f}" if shares else "",
        "most": f"{max(texts) / tokens:.3f}",
        "data": round(median(data)),
        "most data": f"{max(data) / tokens:.3f}",
        **{f"MRR, {name}": f"{fmean(map(reciprocal, found)):.3f}" for name, found in ranks.items()},
        **{f"Hit@5, {name}": f"{fmean(map(hit(5), found)):.3f}" for name, found in ranks.items()},
        "answer terms": f"{fmean(terms):.3f}",
    }


async def rows(questions: Sequence[Question]) -> list[Row]:
    async with opened(sorted({question.library for question in questions})) as asker:
        return [await measured(asker, questions, tokens) for tokens in BUDGETS]


def run() -> dict[str, Any]:
    """Rows for `make bench`: both halves of our own questions, about the libraries that are on this machine."""
    here = {name for name, documentation in DOCUMENTATIONS.items() if documentation.directory}
    own = [one for one in read_questions(QUESTIONS, None) if one.library in here]
    notes = [
        "Tokens are UTF-8 bytes divided by 3.5: of the whole text, and of the structured content as compact JSON, "
        "which may take 1.15 of what is asked for. Medians, but for the most; the share is that of answers that "
        "left something."
    ]
    return {"rows": asyncio.run(rows(own)) if own else [], "notes": notes}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.budgets", description=__doc__)
    parser.add_argument("--half", choices=("tuning", "test"))
    parser.add_argument("--library", action="append", choices=sorted(DOCUMENTATIONS), default=[])
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="another JSON lines file")
    asked = parser.parse_args()
    wanted = asked.library or DOCUMENTATIONS
    questions = [one for one in read_questions(asked.questions, asked.half) if one.library in wanted]
    for row in asyncio.run(rows(questions)):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
