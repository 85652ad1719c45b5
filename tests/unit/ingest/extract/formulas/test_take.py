"""A formula is read once, as TeX where the page holds TeX, whoever wrote and drew it; else as a line."""

import tomllib
from pathlib import Path

import pytest

from ingest.extract import extract

WAYS = tomllib.loads((Path(__file__).parents[4] / "corpus" / "formulas.toml").read_text())
MATHML, KATEX = WAYS["MathML"]["html"], WAYS["KaTeX"]["html"]
SCRIPTED = "<script src='https://cdn.example/mathjax@3/es5/tex-mml-chtml.js'></script>"


def markdown(body: str) -> str:
    return extract(f"<main><h1>T</h1>{body}</main>".encode(), "https://docs.example/a.html").document.markdown


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_formula_is_read_once(way: dict[str, str]) -> None:
    assert (
        markdown(f"<p>Take {way['html']} of it.</p>").split() == f"# T Take `{way['wanted']}` of it.".split()
    )


@pytest.mark.parametrize(
    "html",
    [
        "<code>\\(x_1\\)</code>",
        "<span class='math'>the rules</span>",
        "<span>$5 and $6</span>",
        "<span>$x_1$</span>",
        f"<span>{SCRIPTED}$5 and $6</span>",
        "<img alt='x_1.png' src='x_1.png'>",
        "<img alt='A jar' src='jar.png'>",
    ],
)
def test_what_only_resembles_a_formula_is_none(html: str) -> None:
    assert "`$" not in markdown(f"<p>Take {html} of it.</p>")


def test_a_formula_that_nobody_sees_is_not_read() -> None:
    assert markdown("<p>Take <math hidden><mi>x</mi></math>it, <span hidden>\\(x_1\\)</span>and go.</p>") == (
        "# T\n\nTake it, and go.\n"
    )


def test_code_that_holds_a_formula_stays_as_it_is() -> None:
    assert markdown("<pre>\\[x_1\\]</pre>") == "# T\n\n```\n\\[x_1\\]\n```\n"


def test_a_formula_stands_in_headings_and_in_tables() -> None:
    table = "<table><tr><th>a</th><th>b</th></tr><tr><td>\\(|x_1|\\)</td><td>c</td></tr></table>"
    assert markdown(f"<h2>The {MATHML} rule</h2>{table}") == (
        "# T\n\n## The `sqrt(x)` rule\n\n| a | b |\n| --- | --- |\n| `$\\|x_1\\|$` | c |\n"
    )


def test_a_displayed_formula_is_a_paragraph_with_its_number() -> None:
    box = "<div class=math id=e><span class=eqno>(1)<a class=headerlink href=#e>#</a></span>\\[a &= b\\\\ c\\]</div>"
    assert markdown(f"<p>So:</p>{box}<p>And:</p><div>{KATEX.replace('katex', 'katex-display', 1)}</div>") == (
        "# T\n\nSo:\n\n`$a &= b\\\\ c$` (1)\n\nAnd:\n\n`$x^2$`\n"
    )
