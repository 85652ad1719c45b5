"""Whatever a page holds, nothing that its reader cannot see is in the document or the chunks that are made of it."""

import json
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk.cut import chunk
from ingest.crawl.lists.inventory import parse_inventory, with_symbols
from ingest.extract import extract
from ingest.generation.snapshot import page_json
from ingest.generation.snapshot.format import SavedPage, from_markdown, to_markdown
from shared.errors import NotADocument
from tests.hidden import HALVES, ORDER, SIGNS, forms, found

SIGN = st.sampled_from([*SIGNS, *HALVES]).flatmap(lambda sign: st.sampled_from(list(forms(sign)))) | st.just(
    ORDER
)
WORD = st.lists(
    SIGN | st.sampled_from(["red", " ", "é", "0", "99", "\u200b", "\ue000", "```", "\n", "`"]), max_size=6
).map("".join)
PLACES = [
    "<p>{}</p>",
    "<h1>{}</h1>",
    "<h2_id='{}'>a</h2>",
    "<h3>b{}</h3>",
    "<pre>{}\n</pre>",
    "<pre_class='language-{}'><code>c{}</code></pre>",
    "<a_href='#{}'>d</a>",
    "<a_href='/{}'>e</a>",
    "<img_alt='{}'_title='{}'_src=f>",
    "<table><tr><th>{}<td>{}</table>",
    "<ul><li>{}</ul>",
    "<dl_class=py><dt_class=sig_id='{}'>g{}</dt><dd>{}</dl>",
    "<div_class='admonition_{}'><p_class=admonition-title>{}<p>h</div>",
    "<blockquote>{}</blockquote>",
    "<code>{}</code>",
    "<span_style='color:{}'>i</span>",
    "<math><mi>{}</mi></math>",
    "<div_role=tablist><button_role=tab>{}</button></div><div_role=tabpanel><pre>{}</pre></div>",
    "<details><summary>{}</summary>j</details>",
    "<script_type=application/json>{}</script>",
    "<div_data-termynal><span_data-ty=input_data-ty-prompt='{}'>{}</span></div>",
]
HEAD = "<html lang='{}'><head><title>{}</title><meta name=generator content='{}'><link rel=canonical href='/{}'><main>"
PIECE = st.sampled_from([place.replace("_", " ") for place in PLACES]).flatmap(
    lambda place: st.lists(WORD, min_size=place.count("{}"), max_size=place.count("{}")).map(
        lambda words: place.format(*words)
    )
)
SCRIPT = st.lists(WORD, min_size=2, max_size=2).map(
    lambda said: (
        "<script type=application/json>"
        + json.dumps([{"label": one, "code": f"x{one}"} for one in said])
        + "</script>"
    )
)
HTML = st.tuples(
    st.lists(WORD, min_size=4, max_size=4).map(lambda words: HEAD.format(*words)),
    st.lists(PIECE | SCRIPT, max_size=12),
).map(lambda parts: parts[0] + "".join(parts[1]))
LINES = (
    "# {}",
    "{}",
    "```{}\n{}\n```",
    "- {}",
    "> {}",
    "[{}]({})",
    "    {}",
    "| {} |\n|---|\n| {} |",
    "---\ntitle: {}\n---",
    "<!-- {} -->",
    "<Tab title='{}'>",
)
MARKDOWN = st.lists(
    st.sampled_from(LINES).flatmap(
        lambda line: st.lists(WORD, min_size=line.count("{}"), max_size=line.count("{}")).map(
            lambda words: line.format(*words)
        )
    ),
    max_size=12,
).map("\n\n".join)


def _checked(text: str, url: str) -> None:
    try:
        page = extract(text.encode("utf-8", "surrogatepass"), url)
    except NotADocument:
        return
    assert not list(found(page))
    names = {section.anchor or "": f"{section.heading}{ORDER}" for section in page.document.sections}
    chunks = chunk(with_symbols(page, names).document, lambda words: len(words) // 4, 60)
    assert not list(found(chunks))
    kept = page_json.from_json(json.loads(json.dumps(page_json.to_json(page))))
    assert kept == page
    assert from_markdown(to_markdown(SavedPage(page.document))).document == page.document


@given(HTML)
@settings(deadline=None, max_examples=150)
def test_nothing_invisible_is_left_of_a_page(text: str) -> None:
    _checked(text, "https://docs.example/a.html")


@given(MARKDOWN)
@settings(deadline=None, max_examples=150)
def test_nothing_invisible_is_left_of_a_markdown_page(text: str) -> None:
    _checked(text, "https://docs.example/a.md")


@given(st.lists(st.tuples(WORD, WORD, WORD), max_size=5))
@settings(deadline=None, max_examples=50)
def test_nothing_invisible_is_left_of_an_inventory(entries: list[tuple[str, str, str]]) -> None:
    lines = [f"x{name} py:function 1 a{path}.html#{anchor}$ -" for name, path, anchor in entries]
    body = b"# Sphinx inventory version 2\n\n\n\n" + zlib.compress(
        "\n".join(lines).encode("utf-8", "surrogatepass")
    )
    inventory = parse_inventory(body, "https://docs.example/objects.inv")
    assert not list(found({url: dict(names) for url, names in inventory.pages.items()}))
    assert not list(found(inventory.listed))
