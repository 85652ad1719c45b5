"""How much a page's Markdown holds, and what of it counts."""

import pytest

from ingest.extract.markdown.holdings import holdings, holds_more

TEXT = "# Lamps\n\nA lamp burns oil, and a lantern shields its flame from the wind.\n\n```sh\nlamp --light\n```\n"
LONG = "The wick of a lamp is trimmed before it is lit, or it smokes and blackens its glass. " * 4


def more(one: str, other: str) -> bool:
    return holds_more(holdings(one), holdings(other))


@pytest.mark.parametrize(
    "added",
    ["\n```sh\nlamp --out\n```\n", f"\n{LONG}\n"],
    ids=["a code block", "prose"],
)
def test_more_of_one_thing_and_less_of_nothing_is_more(added: str) -> None:
    assert more(TEXT + added, TEXT)
    assert not more(TEXT, TEXT + added)


def test_longer_code_is_more() -> None:
    longer = TEXT.replace("lamp --light", "lamp --light --wick=long --oil=olive --glass=clear --seconds=3600")
    assert more(longer, TEXT)


def test_code_for_prose_is_not_more() -> None:
    assert not more(f"{TEXT}\n```sh\nlamp --out\n```\n", f"{TEXT}\n{LONG}\n")


@pytest.mark.parametrize(
    "nothing",
    [
        "```sh\nlamp --light\n```",
        "```py\n--8<-- 'examples/lamp.py'\n```",
        "```js\n<<< @/snippets/lamp.js\n```",
        "```rust\n{{#include ../lamp.rs}}\n```",
        "```py\n{!> ../../docs_src/lamp.py!}\n```",
        "{{< readfile file=lamp.md >}}",
        "{% include lamp.html %}",
        "::: lamps.oil.Lamp",
        "[[toc]]",
        '<Card title="A lamp" href="/lamp" />',
        "[The lamp](https://docs.example/a/very/long/address/of/a/page/about/lamps/and/lanterns)",
        "***",
    ],
)
def test_what_a_reader_does_not_see_counts_for_nothing(nothing: str) -> None:
    assert not more(TEXT + "".join(f"\n{nothing}\n" for _ in range(8)), TEXT)
