"""`python -m bench.examples`: every seventh question of the tuning half with the whole answer, as Markdown.

What is said about each answer is written by hand after reading it (`remarks.toml`), and belongs to the question.
"""

import asyncio
import tomllib
from pathlib import Path

from bench.measures import rank
from bench.retrieval import QUESTIONS, Question, opened, read_questions
from bench.sites import DOCUMENTATIONS, ROOT
from mcp_server.replies import docs
from shared.model.account import ANONYMOUS

EVERY = 7
EXAMPLES = 10
REMARKS = Path(__file__).with_name("remarks.toml")
PAGE = ROOT / "docs" / "examples.md"
HEAD = """\
# Ten answers, read in full

Every seventh question of the tuning half of `bench/questions.jsonl`, the first ten of them, with the text that an
assistant gets: whole, not shortened and not chosen. Written by `python -m bench.examples`; the remarks are by hand.
Addresses are those of the sites' own pages, below the site's name.
"""


async def written(questions: list[Question]) -> str:
    """The page."""
    remarks = tomllib.loads(REMARKS.read_text()) if REMARKS.exists() else {}
    parts = [HEAD]
    async with opened(sorted({question.library for question in questions})) as asker:
        for number, question in enumerate(questions, start=1):
            library = DOCUMENTATIONS[question.library]
            reply = await docs(
                asker.backing,
                ANONYMOUS,
                f"{library.library_id}/{library.version}",
                question.text,
                tokens=None,
            )
            snippets = reply.data.model_dump()["snippets"]
            pages = [asker.page(question.library, snippet["source_url"]) for snippet in snippets]
            found = rank(pages, question.gold)
            text = reply.text.replace(asker.root(question.library), f"{question.library}/")
            parts.append(
                f"## {number}. {question.text}\n\n"
                f"`{library.library_id}/{library.version}`, {len(snippets)} snippets, {reply.spent.tokens:,} tokens; "
                f"the right page is {f'number {found}' if found else 'not there'}.\n\n"
                f"{remarks.get(question.text, '').strip()}\n\n"
                f"`````markdown\n{text}\n`````\n"
            )
    return "\n".join(parts)


def main() -> None:
    questions = read_questions(QUESTIONS, "tuning")[::EVERY][:EXAMPLES]
    PAGE.write_text(asyncio.run(written(questions)))
    print(PAGE)


if __name__ == "__main__":
    main()
