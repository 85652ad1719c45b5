"""Hits and a token budget become an answer of whole snippets, in rank order. Pure."""

from collections.abc import Callable, Iterable, Sequence

from mcp_server.clean import clean
from mcp_server.render import ITEM_SEPARATOR, docs_text
from shared.model.answer import Answer, Hit, Snippet

DEFAULT_TOKENS = 3000
LEAST_TOKENS = 500
MOST_TOKENS = 20_000

Count = Callable[[str], int]


def budget(wished: int | None) -> int:
    """The token budget for a wish: none, zero or less means the default; others are moved into the limits."""
    if wished is None or wished <= 0:
        return DEFAULT_TOKENS
    return min(max(wished, LEAST_TOKENS), MOST_TOKENS)


def pack(library_id: str, version: str, hits: Iterable[Hit], tokens: int, count: Count) -> Answer:
    """The best hits, whole, whose text and whose structured form each cost at most `tokens` by `count`.

    A hit that does not fit is passed over for the next one that does. The answer is empty if none fits.
    """
    empty = Answer(library_id=library_id, version=version, snippets=(), tokens=0)
    chosen: list[Snippet] = []
    text_left = tokens
    data_left = tokens - count(empty.model_dump_json())
    separator = count(ITEM_SEPARATOR)
    for hit in hits:
        snippet = _snippet(hit)
        text_cost = count(docs_text((snippet,))) + separator
        data_cost = count(snippet.model_dump_json()) + 1
        if text_cost <= text_left and data_cost <= data_left:
            chosen.append(snippet)
            text_left -= text_cost
            data_left -= data_cost
    return _within(empty, chosen, tokens, count)


def _within(empty: Answer, chosen: Sequence[Snippet], tokens: int, count: Count) -> Answer:
    """The answer, weighed as a whole: a tokenizer may count a sum as more than its parts."""
    while chosen:
        cost = count(docs_text(chosen))
        answer = empty.model_copy(update={"snippets": tuple(chosen), "tokens": cost})
        if max(cost, count(answer.model_dump_json())) <= tokens:
            return answer
        chosen = chosen[:-1]
    return empty


def _snippet(hit: Hit) -> Snippet:
    return Snippet(
        title=clean(" > ".join(hit.breadcrumb)),
        source_url=clean(hit.source_url),
        content_type=hit.content_type,
        language=hit.code_language,
        content=clean(hit.content).strip("\n"),
        tokens=hit.token_count,
        score=round(hit.score, 4),
        fetched_at=hit.fetched_at,
    )
