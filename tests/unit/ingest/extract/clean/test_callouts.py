"""Call-outs are quotations; what opens by its own words is a question with its answer."""

import pytest

from ingest.extract.page import extract

TITLED = '<div class="{}"><p class="admonition-title">{}</p><p>It has a spring.</p></div>'


def markdown_of(content: str) -> str:
    html = f"<html><body><main><h1>Lids</h1><p>They are round.</p>{content}</main></body></html>"
    return extract(html.encode(), "https://kitchen.example/lids").document.markdown


@pytest.mark.parametrize("kinds", ["dropdown admonition", "admonition toggle"])
def test_a_box_that_opens_is_a_question_and_its_answer(kinds: str) -> None:
    assert markdown_of(TITLED.format(kinds, "Why <code>close()</code>?")).endswith(
        "**Why `close()`?**\n\nIt has a spring.\n"
    )


def test_a_note_that_opens_is_still_a_note() -> None:
    assert markdown_of(TITLED.format("note dropdown admonition", "Note")).endswith(
        "> **Note:** It has a spring.\n"
    )


@pytest.mark.parametrize(
    ("title", "label"), [("Why?", "Why?"), ("since 2.0", "Since 2.0:"), ("Mind:", "Mind:")]
)
def test_a_label_ends_with_one_sign(title: str, label: str) -> None:
    assert markdown_of(TITLED.format("admonition", title)).endswith(f"> **{label}** It has a spring.\n")


def test_a_table_in_a_call_out_is_a_table_and_its_frame_is_none() -> None:
    table = "<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>"
    title = '<td class="icon"><div class="title">Note</div></td>'
    frame = f'<table><tr>{title}<td class="content">{table}</td></tr></table>'
    for box in (
        f'<div class="admonitionblock note">{frame}</div>',
        f'<div class="admonition note"><p class="admonition-title">Note</p>{table}</div>',
    ):
        assert markdown_of(box).endswith("> **Note:**\n>\n> | a | b |\n> | --- | --- |\n> | c | d |\n")
