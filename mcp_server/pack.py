"""Hits and a token budget become an answer of whole snippets, in rank order. Pure."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile

from mcp_server.join import joined
from mcp_server.paging import Reading
from mcp_server.render import ITEM_SEPARATOR, docs_text
from shared.model.answer import DEFAULT_TOKENS, LEAST_TOKENS, MOST_TOKENS, Answer, Hit, Snippet
from shared.model.document import ContentType, opened
from shared.visible import visible, visible_markdown

LEAST_DATA = 60
"""Tokens of a snippet's structured form without its content, at least."""

HASH_DIGITS = 16
"""Of a snippet's SHA-256: enough to tell whether it changed, and not a hundred tokens of an answer."""

CHARACTERS_A_TOKEN = 3
"""Of structured content, at least: JSON's signs are tokens of their own for a small model's tokenizer only."""

Count = Callable[[str], int]


def budget(wished: int | None) -> int:
    """The token budget for a wish: none, zero or less means the default; others are moved into the limits."""
    if wished is None or wished <= 0:
        return DEFAULT_TOKENS
    return min(max(wished, LEAST_TOKENS), MOST_TOKENS)


def data_tokens(data: str) -> int:
    """What structured content costs, rather too much than too little."""
    return -(-len(data) // CHARACTERS_A_TOKEN)


def pack(
    library_id: str,
    version: str,
    hits: Sequence[Hit],
    tokens: int,
    count: Count,
    reader: Reading | None = None,
    *,
    adds_up: bool = False,
) -> Answer:
    """The best hits not read yet, whole, whose text and whose structured form each cost at most `tokens`.

    `count` gives the tokens of a text, `data_tokens` those of the structured form. Where it `adds_up`, and counted
    the hits as well, their contents are not counted again. A hit that does not fit is
    passed over for the next one that does; the answer's cursor leads to it. Neighbours in one section become one
    snippet. The answer is empty if none fits.
    """
    reader = reader or Reading()
    unread = [place for place in range(len(hits)) if place not in reader.read]
    empty = Answer.empty(library_id, version)
    chosen: list[int] = []
    text_left = tokens
    data_left = tokens - data_tokens(
        empty.model_copy(update={"next_cursor": reader.after(frozenset(unread))}).model_dump_json()
    )
    separator = count(ITEM_SEPARATOR)

    def head_cost(snippet: Snippet) -> int:
        return count(docs_text((snippet.model_copy(update={"content": ""}),)))

    def added(snippets: Sequence[Snippet]) -> int:
        return sum(head_cost(one) + one.tokens + separator for one in snippets) - separator

    for place in unread:
        hit = hits[place]
        if hit.token_count > text_left or data_tokens(hit.content) + LEAST_DATA > data_left:
            continue
        snippet = _snippet(hit, version)
        text_cost = head_cost(snippet) + hit.token_count + separator
        data_cost = data_tokens(snippet.model_dump_json()) + 1
        if text_cost <= text_left and data_cost <= data_left:
            chosen.append(place)
            text_left -= text_cost
            data_left -= data_cost
    while chosen:  # weighed as a whole: a tokenizer may count a sum as more than its parts
        snippets = tuple(_snippet(hit, version) for hit in _merged([hits[place] for place in chosen]))
        left = len(chosen) < len(unread)
        answer = empty.model_copy(
            update={
                "snippets": snippets,
                "tokens": added(snippets) if adds_up else count(docs_text(snippets)),
                "next_cursor": reader.after(frozenset(chosen)) if left else None,
            }
        )
        if max(answer.tokens, data_tokens(answer.model_dump_json())) <= tokens:
            return answer
        chosen.pop()
    return empty


def _merged(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, where neighbours in one section are one, in their order; best first, as they came."""
    runs: list[list[int]] = []
    for place in sorted(range(len(hits)), key=lambda at: (hits[at].source_url, hits[at].chunk_index)):
        if runs and _follows(hits[runs[-1][-1]], hits[place]):
            runs[-1].append(place)
        else:
            runs.append([place])
    return [_joined([hits[place] for place in run]) for run in sorted(runs, key=min)]


def _follows(first: Hit, second: Hit) -> bool:
    return first.source_url == second.source_url and first.chunk_index + 1 == second.chunk_index


def _joined(run: Sequence[Hit]) -> Hit:
    types = [hit.content_type for hit in run]
    return replace(
        run[0],
        content=joined(hit.content for hit in run),
        content_type=ContentType.SNIPPET if ContentType.SNIPPET in types else types[0],
        breadcrumb=_shared([hit.breadcrumb for hit in run]),
        code_language=next((hit.code_language for hit in run if hit.code_language), None),
        token_count=sum(hit.token_count for hit in run),
        score=max(hit.score for hit in run),
    )


def _shared(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What all of the paths begin with."""
    steps = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
    return tuple(names[0] for names in steps)


def _snippet(hit: Hit, version: str) -> Snippet:
    content = visible_markdown(hit.content).strip("\n")
    return Snippet(
        title=visible(" > ".join(hit.breadcrumb)),
        source_url=visible(opened(hit.source_url)),
        version=version,
        content_type=hit.content_type,
        language=hit.code_language,
        content=content,
        content_hash=hashlib.sha256(content.encode()).hexdigest()[:HASH_DIGITS],
        tokens=hit.token_count,
        score=round(hit.score, 4),
        fetched_at=hit.fetched_at and hit.fetched_at.replace(microsecond=0),
    )
