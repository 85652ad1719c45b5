"""The generators: what each builds, how, and where its pages are. A new one is a row, and a folder in `builders`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.generators.blocks.own import docusaurus, of_all, starlight, vitepress, vuepress
from tests.generators.pages import REFERENCE, pages
from tests.generators.truth import Own, Page
from tests.generators.writers import docstrings, markdown, tsdoc
from tests.generators.writers.antora import navigation
from tests.generators.writers.asciidoc import ASCIIDOC
from tests.generators.writers.containers import VITEPRESS, VUEPRESS
from tests.generators.writers.markdown import Flavour
from tests.generators.writers.mdx import DOCUSAURUS, STARLIGHT
from tests.generators.writers.mkdocs import MATERIAL
from tests.generators.writers.myst import MYST, NOTEBOOK
from tests.generators.writers.react import FUMADOCS, NEXTRA, RSPRESS
from tests.generators.writers.rst import RST

CORPUS = Path(__file__).parents[1] / "corpus" / "generators"
"""The pages that are kept, in a folder of each generator."""


@dataclass(frozen=True, slots=True)
class Generator:
    name: str
    """Of its folders, too."""
    pages: tuple[Page, ...]
    write: Callable[[tuple[Page, ...]], Mapping[str, str]]
    """All source files, by their path in the project."""
    command: tuple[str, ...]
    """Run in the project, with its own programs first in the path."""
    built: str
    """Where a page is then, in the project; `{}` is its name."""
    linear: bool = False
    """Its pages hold formulas without their TeX."""
    untold: bool = False
    """Its pages name no language of code."""


def of_markdown(
    name: str,
    flavour: Flavour,
    source: str,
    command: str,
    built: str,
    *,
    linear: bool = False,
    untold: bool = False,
    beside: Callable[[tuple[Page, ...]], Mapping[str, str]] = lambda some: {},
    own: tuple[Own, ...] = (),
) -> Generator:
    """One whose pages are files of a flavour, one each, with others `beside`; `{}` is a page's name.

    `own` has a page of its own.
    """

    def write(some: tuple[Page, ...]) -> Mapping[str, str]:
        texts = {source.format(page.name): markdown.write(page, flavour) for page in some}
        return {**texts, **beside(some)}

    said = pages(lambda block: markdown.says(block, flavour))
    if own:
        said = (*said, Page("own", "In its own words", own))
    return Generator(name, said, write, tuple(command.split()), built, linear, untold)


GENERATORS = {
    one.name: one
    for one in (
        of_markdown(
            "vitepress", VITEPRESS, "docs/{}.md", "vitepress build docs", "docs/.vitepress/dist/{}.html",
            linear=True,
            own=(*of_all.BLOCKS, *vitepress.BLOCKS),
        ),
        of_markdown(
            "vuepress", VUEPRESS, "docs/{}.md", "vuepress build docs", "docs/.vuepress/dist/{}.html",
            own=(*of_all.BLOCKS, *vuepress.BLOCKS),
        ),
        of_markdown(
            "starlight", STARLIGHT, "src/content/docs/{}.mdx", "astro build", "dist/{}/index.html",
            own=(*of_all.BLOCKS, *starlight.BLOCKS),
        ),
        of_markdown(
            "docusaurus", DOCUSAURUS, "docs/{}.mdx", "docusaurus build", "build/{}/index.html",
            own=(*of_all.BLOCKS, *docusaurus.BLOCKS),
        ),
        of_markdown(
            "mkdocs-material", MATERIAL, "docs/{}.md", "mkdocs build --quiet", "site/{}/index.html",
            beside=docstrings.google,
        ),
        of_markdown(
            "sphinx-furo", RST, "{}.rst", "sphinx-build -q . build", "build/{}.html", beside=docstrings.google
        ),
        of_markdown(
            "sphinx-pydata", MYST, "{}.md", "sphinx-build -q . build", "build/{}.html", beside=docstrings.numpy
        ),
        of_markdown(
            "jupyter-book", NOTEBOOK, "book/{}.md", "env PYTHONPATH=. jupyter-book build book",
            "book/_build/html/{}.html",
            beside=docstrings.numpy,
        ),
        of_markdown(
            "antora", ASCIIDOC, "docs/modules/ROOT/pages/{}.adoc", "npm run build", "build/kitchen/1.0/{}.html",
            beside=navigation,
        ),
        of_markdown("nextra", NEXTRA, "content/{}.mdx", "next build", "out/{}.html"),
        of_markdown(
            "fumadocs", FUMADOCS, "content/docs/{}.mdx", "next build", "out/docs/{}.html", untold=True
        ),
        of_markdown("rspress", RSPRESS, "docs/{}.mdx", "rspress build", "out/{}.html"),
        Generator(
            "typedoc", pages(tsdoc.says, REFERENCE), tsdoc.write, ("typedoc",),
            f"out/classes/{{}}.{tsdoc.CLASS}.html",
        ),
    )
}  # fmt: skip


def named(names: Sequence[str]) -> tuple[Generator, ...]:
    """Those of these names, or all. Ends the program where there is none of a name."""
    if unknown := [name for name in names if name not in GENERATORS]:
        sys.exit(f"No generator is called {unknown[0]}: choose from {', '.join(GENERATORS)}")
    return tuple(GENERATORS[name] for name in names or GENERATORS)
