"""The module of Python that MkDocs and Sphinx describe: API entries as functions with docstrings, in two styles."""

from collections.abc import Iterable, Mapping

from tests.generators.truth import Entry, Page

MODULE = "hatches"
"""What it is called: an entry's full name is `hatches.hatcha`."""


def google(pages: Iterable[Page]) -> Mapping[str, str]:
    """The module's file, its parameters listed as Google does."""
    return _module(pages, "Args:\n{}", "    {}: {}")


def numpy(pages: Iterable[Page]) -> Mapping[str, str]:
    return _module(pages, "Parameters\n----------\n{}", "{}\n    {}")


def _module(pages: Iterable[Page], section: str, parameter: str) -> Mapping[str, str]:
    functions = [
        _function(block, section, parameter)
        for page in pages
        for block in page.blocks
        if isinstance(block, Entry)
    ]
    return {f"{MODULE}.py": "\n\n\n".join(("from __future__ import annotations", *functions)) + "\n"}


def _function(entry: Entry, section: str, parameter: str) -> str:
    listed = "\n".join(parameter.format(*one) for one in entry.parameters)
    said = f'"""{entry.description}' + (f"\n\n{section.format(listed)}\n" if listed else "") + '"""'
    return f"def {entry.signature}:\n" + "\n".join(f"    {line}" if line else "" for line in said.split("\n"))
