"""Laws of cutting: nothing is lost or invented, every chunk fits, code stays whole, fences are closed."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.chunk.cut import chunk
from ingest.chunk.pieces import WHOLE_CODE
from shared.model.document import Chunk, ContentType, Document, Section

HEADER = "hdr"
"""Words of table headers begin with this: they may be repeated."""

word = st.text("abcdefgéß中", min_size=1, max_size=9) | st.sampled_from(
    ["some_name", "a.b.c()", "`code`", "x" * 130]
)
sentence = st.lists(word, min_size=1, max_size=8).map(lambda words: " ".join(words) + ".")
paragraph = st.lists(sentence, min_size=1, max_size=6).map(" ".join)
wrapped = st.lists(sentence, min_size=1, max_size=4).map("\n".join)
link = st.builds("[{}](http://there.test/{})".format, word, st.from_regex("[a-z]{1,40}", fullmatch=True))
code_line = st.text("abc =()`\t{};", max_size=40).filter(lambda line: "```" not in line).map(str.rstrip)
code = (
    st.lists(code_line, min_size=1, max_size=25)
    .map("\n".join)
    .filter(lambda text: any(map(str.isalnum, text)))
)


def _fence(mark: str, language: str, text: str) -> str:
    return f"{mark}{language}\n{text}\n{mark}"


def _listed(blocks: list[str], marker: str) -> str:
    indent = " " * len(marker)
    return "\n".join(marker + block.replace("\n", f"\n{indent}") for block in blocks)


def _quoted(block: str) -> str:
    return "\n".join(f"> {line}" for line in block.split("\n"))


def _table(rows: list[tuple[str, str]]) -> str:
    return "\n".join([f"| {HEADER}a | {HEADER}b |", "| --- | --- |", *(f"| {a} | {b} |" for a, b in rows)])


fence = st.builds(
    _fence, st.sampled_from(["```", "~~~", "````"]), st.sampled_from(["", "python", "c++"]), code
)
table = st.lists(st.tuples(word, sentence), min_size=1, max_size=12).map(_table)
simple = paragraph | wrapped | fence | table | link
nested = st.builds(_listed, st.lists(simple, min_size=1, max_size=4), st.sampled_from(["- ", "1. "]))
block = (
    simple
    | nested
    | simple.map(_quoted)
    | st.builds(_listed, st.lists(nested, min_size=1, max_size=3), st.just("- "))
)


@dataclass(frozen=True)
class Part:
    level: int
    blocks: tuple[str, ...]
    anchor: str | None
    symbol: str | None


part = st.builds(
    Part,
    st.integers(1, 4),
    st.lists(block, max_size=3).map(tuple),
    st.sampled_from([None, "one", "two", "three"]),
    st.sampled_from([None, None, "mod.name", "mod.other", "Mod.Name.inner"]),
)


def _document(preamble: list[str], parts: list[Part]) -> Document:
    lines = [*"\n\n".join(preamble).split("\n"), ""]
    sections = []
    for number, each in enumerate(parts):
        sections.append(Section(f"Zq{number}", each.level, each.anchor, len(lines), each.symbol))
        lines += ["#" * each.level + f" Zq{number}", "", *"\n\n".join(each.blocks).split("\n"), ""]
    return Document("http://docs.test/page", "Zq title", "\n".join(lines), tuple(sections))


documents = st.builds(_document, st.lists(block, max_size=3), st.lists(part, max_size=6))


def by_words(text: str) -> int:
    return len(re.findall(r"[^\W_]+|[^\w\s]|_", text))


@dataclass(frozen=True)
class Reader:
    """A model: how it counts, and how much it reads."""

    count: Callable[[str], int]
    window: int


windows = st.integers(64, 300)
readers = st.builds(Reader, st.just(by_words), windows) | st.builds(
    Reader, st.just(len), st.integers(300, 1200)
)


def _letters(markdown: str) -> str:
    """The letters in order, without headings, fence lines and table headers."""
    lines = [
        line
        for line in markdown.split("\n")
        if not re.match(r"[\s>]*#", line) and not re.match(r"(?:[\s>-]|\d+\.)*(?:```|~~~)", line)
    ]
    kept = re.sub(rf"{HEADER}[ab]", "", "\n".join(lines))
    return "".join(filter(str.isalpha, kept))


@given(documents, readers)
@settings(max_examples=80, deadline=None)
def test_chunks_rejoin_to_the_text(document: Document, reader: Reader) -> None:
    chunks = chunk(document, reader.count, reader.window)
    assert "".join(_letters(each.content) for each in chunks) == _letters(document.markdown)
    assert (HEADER in document.markdown) == any(HEADER in each.content for each in chunks)


IN_A_LIST = "- ```\n  a\n  ```\n- ```\n" + f"  {';' * 12}\n" * 4 + f"  {';' * 12}a\n  ```"


@given(documents, readers)
@example(_document([IN_A_LIST], []), Reader(by_words, 64))
@settings(max_examples=80, deadline=None)
def test_only_code_that_does_not_fit_by_itself_is_over_the_window(document: Document, reader: Reader) -> None:
    for each in chunk(document, reader.count, reader.window):
        size = reader.count(each.embedded_text)
        if size > reader.window - 2:
            assert len(_fences(each)) == 1
            assert size <= (WHOLE_CODE + 1) * reader.window


@given(documents, readers)
@settings(max_examples=80, deadline=None)
def test_every_fence_is_closed_in_its_chunk(document: Document, reader: Reader) -> None:
    for each in chunk(document, reader.count, reader.window):
        for start, end, text in _fences(each):
            assert end - start == text.count("\n") + 2


@given(st.lists(st.tuples(paragraph, fence), min_size=1, max_size=5), windows)
@settings(max_examples=60, deadline=None)
def test_code_within_its_limit_is_never_cut(blocks: list[tuple[str, str]], window: int) -> None:
    document = _document([f"{prose}\n\n{code}" for prose, code in blocks], [])
    content = "\n\n".join(each.content for each in chunk(document, by_words, window))
    for _, fenced in blocks:
        mark, _, rest = fenced.partition("\n")
        text = rest.rpartition("\n")[0].strip("\n").rstrip()
        if by_words(text) <= window and len(text) < 64 * window:
            assert f"{mark}\n{text}\n" in content


@given(documents, windows)
@settings(max_examples=60, deadline=None)
def test_every_address_and_heading_is_the_documents_own(document: Document, window: int) -> None:
    anchors = {f"{document.url}#{section.anchor}" for section in document.sections if section.anchor}
    chunks = chunk(document, by_words, window)
    names = {document.title, *(section.symbol or section.heading for section in document.sections)}
    for each in chunks:
        assert each.source_url == document.url or each.source_url in anchors
        assert each.breadcrumb[0] == document.title
        assert set(each.breadcrumb) <= names


@given(documents, windows)
@settings(max_examples=60, deadline=None)
def test_every_signature_stands_in_one_chunk_that_names_its_symbol(document: Document, window: int) -> None:
    chunks = chunk(document, by_words, window)
    for section in document.sections:
        shown = [each for each in chunks if f"# {section.heading}" in each.content.split("\n", 1)[0]]
        shown += [
            each for each in chunks if f"# {section.heading}\n" in each.content.partition("\n")[2] + "\n"
        ]
        assert len(shown) <= 1
        if section.symbol:
            (own,) = shown
            assert own.content_type is ContentType.API_REF
            assert section.symbol in (own.symbols or (own.symbol,))
    for each in chunks:
        assert each.symbol or each.content_type is not ContentType.API_REF
        assert not each.symbols or each.symbol == each.symbols[0]


@given(documents, windows)
@settings(max_examples=60, deadline=None)
def test_the_same_document_gives_the_same_chunks_whatever_ends_its_lines(
    document: Document, window: int
) -> None:
    once = chunk(document, by_words, window)
    assert chunk(document, by_words, window) == once
    assert (
        chunk(replace(document, markdown=document.markdown.replace("\n", "\r\n")), by_words, window) == once
    )


@given(st.text("a `~#->*1.|[]()\\\n\t中<pre>", max_size=400), windows)
@settings(max_examples=300, deadline=None)
def test_any_text_at_all_gives_chunks_that_fit(markdown: str, window: int) -> None:
    document = Document("http://docs.test/page", "Any", markdown)
    for each in chunk(document, by_words, window):
        assert by_words(each.embedded_text) <= (WHOLE_CODE + 1) * window
        for start, end, text in _fences(each):
            assert end - start == text.count("\n") + 2


_PARSER = MarkdownIt("commonmark").enable("table")


def _fences(chunk: Chunk) -> list[tuple[int, int, str]]:
    tokens = _PARSER.parse(chunk.content + "\n")
    return [(*token.map, token.content) for token in tokens if token.type == "fence" and token.map]  # type: ignore[misc]
