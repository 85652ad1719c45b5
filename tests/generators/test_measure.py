"""Of the pages that today's generators build, blocks come out as their author wrote them."""

import pytest

from tests.generators.beside import beside
from tests.generators.build import SOURCES, digest_of_sources
from tests.generators.figures import PAGE, with_figures
from tests.generators.generators import CORPUS, GENERATORS
from tests.generators.known import known_wrong
from tests.generators.measure import measured, read_page

BUILT = sorted(name for name in GENERATORS if (CORPUS / name).is_dir())
WRITTEN = [name for name in BUILT if name != "typedoc"]
"""By people: most words of an API reference are its generator's."""


@pytest.mark.parametrize("name", BUILT)
def test_no_block_is_lost_but_those_that_are_known_to_be(name: str) -> None:
    """`python -m tests.generators.measure --wrong NAME` shows each; `--mended` shortens the list."""
    wrong = {block.name: found.why for _, block, found in measured(GENERATORS[name]) if found}
    assert {block: why for block, why in wrong.items() if block not in known_wrong(name)} == {}


@pytest.mark.parametrize("name", BUILT)
def test_of_two_hundred_blocks_one_is_lost_at_most(name: str) -> None:
    blocks = sum(len(page.blocks) for page in GENERATORS[name].pages)
    assert len(known_wrong(name)) <= 0.005 * blocks


@pytest.mark.parametrize("name", BUILT)
def test_a_generator_says_two_hundred_blocks(name: str) -> None:
    assert sum(len(page.blocks) for page in GENERATORS[name].pages) >= 200


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_names_of_blocks_are_unique(name: str) -> None:
    names = [block.name for page in GENERATORS[name].pages for block in page.blocks]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", WRITTEN)
def test_nothing_stands_on_a_page_that_its_author_did_not_write(name: str) -> None:
    pages = [page for page in GENERATORS[name].pages if page.name != "reference"]
    assert [text for page in pages for text in beside(page, read_page(name, page.name).pieces)] == []


@pytest.mark.parametrize("name", BUILT)
def test_pages_were_built_of_their_sources_as_they_are(name: str) -> None:
    """Else `make generators NAMES=...` builds them anew."""
    assert (CORPUS / name / SOURCES).read_text(encoding="utf-8") == digest_of_sources(GENERATORS[name])


def test_pages_are_committed_small() -> None:
    sizes = {path: path.stat().st_size for path in CORPUS.rglob("*.gz")}
    assert [path for path, size in sizes.items() if size > 300_000] == []


def test_the_documentation_has_the_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_figures(page) == page
