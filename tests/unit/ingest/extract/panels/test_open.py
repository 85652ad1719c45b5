"""What a visible control opens is kept, below its question; what none names, and what is no documentation, is not."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest
from lxml.etree import _Element as Element

from ingest.extract import extract
from ingest.extract.tree.elements import plain

WAYS = tomllib.loads((Path(__file__).parents[4] / "corpus" / "panels.toml").read_text())


def markdown(body: str) -> str:
    page = f"<main><h1>T</h1><p>Before.</p>{body}<p>Behind.</p></main>".encode()
    return extract(page, "https://docs.example/a.html").document.markdown


@pytest.mark.parametrize("html", WAYS["opened"].values(), ids=WAYS["opened"])
def test_what_a_visible_control_opens_follows_its_question(html: str) -> None:
    said = markdown(html)
    lines = [line.lstrip("- ") for line in said.split("\n") if line]
    at = next(at for at, line in enumerate(lines) if "Why?" in line)
    head, _, behind = lines[at].partition("Why?")
    assert head.startswith(("**", "#")), said
    assert behind.strip("* :") == "So." or lines[at + 1] == "So.", said
    assert (said.count("Why?"), said.count("So."), said.count("expand")) == (1, 1, 0)
    assert "Behind." in lines


@pytest.mark.parametrize("html", WAYS["unnamed"].values(), ids=WAYS["unnamed"])
def test_what_no_visible_control_opens_stays_hidden(html: str) -> None:
    assert "SECRET" not in markdown(html)


CONTROLS = {
    "a menu's": "<button aria-haspopup=menu aria-controls=p>Why?</button>",
    "a modal's": "<button data-bs-toggle=modal data-bs-target=#p>Why?</button>",
    "navigation's": "<nav><button aria-controls=p>Why?</button></nav>",
}


@pytest.mark.parametrize("html", WAYS["furniture"].values(), ids=WAYS["furniture"])
def test_what_belongs_to_the_frame_of_a_site_stays_hidden(html: str) -> None:
    assert "SECRET" not in markdown(f"<button aria-controls=p aria-expanded=false>Why?</button>{html}")


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_what_opens_menus_and_dialogs_opens_no_documentation(control: str) -> None:
    assert "SECRET" not in markdown(f"{control}<div id=p hidden><p>SECRET</p></div>")


def test_an_answer_may_be_a_link_and_a_question_may_hold_code() -> None:
    control = "<button aria-controls=p>What is <code>jar</code>?</button>"
    html = f"{control}<div id=p hidden><p>See <a href=b>jars</a>.</p></div>"
    assert "**What is `jar`?**\n\nSee [jars](https://docs.example/b).\n" in markdown(html)


@pytest.mark.parametrize(
    "words", ["Show more", "Click here to expand...", "+", "Read more \u25be", "Expand all"]
)
def test_words_that_only_say_that_there_is_more_are_no_question(words: str) -> None:
    said = markdown(f"<div class=more role=button aria-controls=p>{words}</div><div id=p hidden>So.</div>")
    assert said == "# T\n\nBefore.\n\nSo.\n\nBehind.\n"


def test_a_control_in_a_sentence_stays_in_it() -> None:
    html = "<p>See <button aria-controls=p>the example</button> here.</p><div id=p hidden>So.</div>"
    assert "See the example here.\n\nSo.\n" in markdown(html)


def test_a_row_that_opens_another_row_stays_a_row() -> None:
    html = (
        "<table><tr><th>a</th><th>b</th></tr><tr><td><button aria-controls=p>Why?</button></td><td>1</td></tr>"
        "<tr id=p hidden><td colspan=2>So.</td></tr></table>"
    )
    assert "| Why? | 1 |\n| So. |  |\n" in markdown(html)


def test_a_name_in_code_that_opens_a_popup_is_no_question() -> None:
    name = "<button aria-expanded=false aria-controls=p>jar</button><span id=p popover><p>a jar</p></span>"
    assert "```\nopen jar\n```" in markdown(f"<pre><code>open {name}</code></pre>")


@pytest.mark.parametrize(
    "control",
    [
        "<div aria-expanded=false>q</div>",
        "<b aria-expanded=false></b><i></i>",
        "<button aria-controls=p>q</button>",
    ],
)
def test_each_control_looks_at_a_few_elements_only(control: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Counter[str]()

    def counted(element: Element) -> str:
        looks["plain"] += 1
        looks["elements"] += sum(1 for _ in element.iter())
        return plain(element)

    for room in ("controls", "open", "question", "furniture"):
        monkeypatch.setattr(f"ingest.extract.panels.{room}.plain", counted)
    markdown(control * 500 + "<div id=p hidden>So.</div>")
    assert looks["elements"] < 500 * 40
