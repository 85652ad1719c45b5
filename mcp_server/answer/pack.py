"""Hits and a token budget become an answer of whole snippets, best first. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from urllib.parse import urldefrag

from mcp_server.answer import frame
from mcp_server.answer.cost import cost, most_bytes
from mcp_server.answer.join import joined
from mcp_server.answer.paging import Reading
from shared.model.answer import (
    DEFAULT_TOKENS,
    LEAST_TOKENS,
    MOST_TOKENS,
    Answer,
    Found,
    Hit,
    Snippet,
    SnippetFacts,
)
from shared.model.document import ContentType, opened
from shared.visible import visible, visible_markdown

DATA_SHARE = 1.15
"""What the structured form may cost of the budget, which is the text's: JSON writes the same with more signs."""
NEAR = 0.8
"""Of the score of the best hit that is left out: what has less is no filling for the place that is left."""

HASH_DIGITS = 16
"""Of a snippet's SHA-256: enough to tell whether it changed."""


def budget(wished: int | None) -> int:
    """The token budget for a wish: none, zero or less means the default; others are moved into the limits."""
    if wished is None or wished <= 0:
        return DEFAULT_TOKENS
    return min(max(wished, LEAST_TOKENS), MOST_TOKENS)


def docs_text(answer: Answer) -> str:
    """The answer of `query-docs` as an assistant reads it."""
    first = frame.head(answer.library_id, answer.version, answer.asked_version, answer.crawled)
    return frame.framed(first, answer.snippets, answer.next_cursor)


def pack(empty: Answer, hits: Sequence[Hit], tokens: int, reader: Reading | None = None) -> Found:
    """The best hits not read yet, whole: their text costs at most `tokens`, their data at most DATA_SHARE of it.

    Hits are taken in their order until one does not fit that another answer may hold; then those that go on with a
    section that is shown; then others that are hardly worse than what did not fit. The cursor leads to the rest.
    Neighbours in one section become one snippet, at the place of the best of them. `empty` says what the answer is
    of; it is the answer if no hit fits.
    """
    reader = reader or Reading()
    unread = [place for place in range(len(hits)) if place not in reader.read]
    chosen = _chosen(empty, hits, unread, tokens, reader.after(frozenset(unread)))
    while chosen:  # weighed as a whole: pieces are cleaned one by one here, and together there
        left = len(chosen) < len(unread)
        found = _found(empty, hits, chosen, reader.after(frozenset(chosen)) if left else None)
        if found.answer.tokens <= tokens and cost(found.answer.model_dump_json()) <= DATA_SHARE * tokens:
            return found
        chosen.pop()
    return Found(answer=empty)


class _Space:
    """What is left of the budget, in bytes: of the text, and of the data."""

    def __init__(self, text: int, data: int) -> None:
        self._dashes, self._borders = frame.LEAST_DASHES, 1  # behind the last passage
        self._text, self._data = text - len(frame.border(self._dashes)), data
        self._shown: set[tuple[str, int]] = set()

    def adjoins(self, hit: Hit) -> bool:
        """Whether the hit goes on with a section that is shown, or leads to it: then it needs no frame."""
        return not self._shown.isdisjoint(
            {(hit.source_url, hit.chunk_index - 1), (hit.source_url, hit.chunk_index + 1)}
        )

    def takes(self, hit: Hit) -> bool:
        """Whether the hit fits; then it is taken."""
        if len(hit.content) > self._text:
            return False  # without a look at what it is
        one, alone = _snippet(hit), not self.adjoins(hit)
        dashes = max(self._dashes, 1 + frame.longest_run(one.title, one.source_url, one.content))
        borders = self._borders + alone
        wider = len(frame.border(dashes)) * borders - len(frame.border(self._dashes)) * self._borders
        framed = frame.item(one.title, one.source_url, one.content) if alone else f"\n\n{one.content}"
        text = self._text - len(framed.encode()) - wider
        data = self._data - _data_size(
            one if alone else one.model_copy(update={"title": "", "source_url": ""})
        )
        if text < 0 or data < 0:
            return False
        self._text, self._data, self._dashes, self._borders = text, data, dashes, borders
        self._shown.add((hit.source_url, hit.chunk_index))
        return True


def _data_size(snippet: Snippet) -> int:
    return len(f"{snippet.model_dump_json()},".encode())


def _chosen(
    empty: Answer, hits: Sequence[Hit], unread: Sequence[int], tokens: int, longest: str
) -> list[int]:
    """Places of the hits that fit, in the order in which they were taken."""
    around = empty.model_copy(update={"next_cursor": longest, "tokens": tokens})
    most = (
        most_bytes(tokens) - len(docs_text(empty).encode()) - len(frame.more(longest)),
        int(DATA_SHARE * most_bytes(tokens)) - len(around.model_dump_json().encode()),
    )
    space = _Space(*most)
    chosen: list[int] = []
    left: list[int] = []
    for at, place in enumerate(unread):
        if space.takes(hits[place]):
            chosen.append(place)
        elif _Space(*most).takes(hits[place]):  # what no answer of this size can hold is passed over
            left = list(unread[at:])
            break

    def take(places: Iterable[int]) -> bool:
        taken = next((place for place in places if space.takes(hits[place])), None)
        if taken is not None:
            chosen.append(taken)
            left.remove(taken)
        return taken is not None

    while take(place for place in left if space.adjoins(hits[place])):
        pass
    near = NEAR * hits[left[0]].score if left else 0.0
    while take(place for place in left if hits[place].score >= near):
        pass
    return chosen


def _found(empty: Answer, hits: Sequence[Hit], chosen: Sequence[int], cursor: str | None) -> Found:
    """The answer that shows the chosen hits, and what there is to know of its snippets."""
    merged = _merged([hits[place] for place in chosen])
    snippets = tuple(map(_snippet, merged))
    answer = empty.model_copy(update={"snippets": snippets, "next_cursor": cursor})
    facts = [_facts(hit, one, empty.version) for hit, one in zip(merged, snippets, strict=True)]
    return Found(
        answer=answer.model_copy(update={"tokens": cost(docs_text(answer))}),
        facts=tuple(one.model_dump(mode="json") for one in facts),
    )


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
        score=max(hit.score for hit in run),
        also=tuple(dict.fromkeys(address for hit in run for address in hit.also)),
    )


def _shared(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What all of the paths begin with."""
    steps = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
    return tuple(names[0] for names in steps)


def _snippet(hit: Hit) -> Snippet:
    return Snippet(
        title=" ".join(visible(" > ".join(hit.breadcrumb)).split()),
        source_url=visible(opened(hit.source_url)),
        language=hit.code_language,
        content=visible_markdown(hit.content).strip("\n"),
    )


def _facts(hit: Hit, snippet: Snippet, version: str) -> SnippetFacts:
    anchor = urldefrag(snippet.source_url).fragment
    return SnippetFacts(
        version=version,
        content_type=hit.content_type,
        anchors=(anchor,) if anchor else (),
        tokens=cost(snippet.content),
        score=round(hit.score, 4),
        hash=hashlib.sha256(snippet.content.encode()).hexdigest()[:HASH_DIGITS],
        fetched_at=hit.fetched_at and hit.fetched_at.replace(microsecond=0),
        also_at=tuple(visible(opened(address)) for address in hit.also),
    )
