"""An API entry is called what people search for: its owner's name and its own."""

import pytest
from lxml import html

from ingest.extract.generators.generator import Generator
from ingest.extract.headings.symbols import names_owner, owner_of, symbol_of


@pytest.mark.parametrize(
    ("title", "owner"),
    [
        ("Class Bag&lt;T&gt;", "Bag"),
        ("Enum Class Mode", "Mode"),
        ("Struct kitchen::Pot<button>Copy</button>", "kitchen::Pot"),
        ("sf::TcpListener Class Reference", "sf::TcpListener"),
        ("Eigen::SPQR&lt; T &gt; Class Template Reference", "Eigen::SPQR"),
        ("QString Class", "QString"),
        ("Class: Tools::Bag", "Tools::Bag"),
        ("Tools.Bag <small>(tools v1.0.0)</small>", "Tools.Bag"),
        ("Class Class", "Class"),
        ("Global", None),
        ("Window reference", None),
        ("ring.h File Reference", None),
    ],
)
def test_a_page_says_what_it_documents(title: str, owner: str | None) -> None:
    page = html.fromstring(f"<body><h1>{title}</h1></body>")
    assert owner_of(page, Generator("x", owner=("h1",))) == owner


def test_the_parts_of_a_name_may_stand_apart() -> None:
    page = html.fromstring(
        "<body><p>Module base</p><p>Package <a>java.util</a></p><h1>Class List</h1></body>"
    )
    assert owner_of(page, Generator("x", owner=("p", "h1"))) == "java.util.List"


@pytest.mark.parametrize(
    ("heading", "anchor", "symbol"),
    [
        ("size", "size()", "Bag.size"),
        ("(static) of(thing) → {Bag}", ".of", "Bag.of"),
        ("#size(all = true) ⇒ Integer", "size-instance_method", "Bag.size"),
        ("pub fn boil(&amp;self) -> Soup", "method.boil", "Bag.boil"),
        ("impl Clone for Pot", "impl-Clone-for-Pot", None),
        ("func (*Bag) Size", "Bag.Size", "Bag.Size"),
        ("type Bag", "Bag", "Bag.Bag"),
        ("size(bag, all \\\\ true)", "size/2", "Bag.size"),
        ("indices() [1/2]", "a1f0", "Bag.indices"),
        ("anonymous enum", "a1f1", None),
        ("post /pots/{id}/boil", "boil", "POST /pots/{id}/boil"),
    ],
)
def test_an_entrys_symbol_is_its_owner_and_its_own_name(
    heading: str, anchor: str, symbol: str | None
) -> None:
    assert symbol_of(html.fromstring(f"<h3>{heading}</h3>"), anchor, "Bag", ".") == symbol


@pytest.mark.parametrize(
    ("heading", "is_its"),
    [
        ("Class Bag<T>", True),
        ("tools::Bag Struct Reference", True),
        ("Package tools", False),
        ("Using a Bag", False),
    ],
)
def test_the_heading_of_a_type_is_an_entry_and_that_of_a_guide_is_none(heading: str, is_its: bool) -> None:
    assert names_owner(heading, "tools.Bag") is is_its
