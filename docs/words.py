"""`make check`: words that slow a reader down, in messages, help, docstrings and the documentation."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

UNWANTED = (
    "he",
    "is heard",
    "are heard",
    "was had",
    "were had",
    "be had",
    "is told",
    "are told",
    "gone on with",
)
_FOUND = re.compile(rf"\b(?:{'|'.join(UNWANTED)})\b".replace(" ", r"\s+"), re.IGNORECASE)


_LISTS = ("shared/terms.py",)
"""Holds the stop words of searches."""


def findings(checkout: Path) -> Iterator[str]:
    """`file:line: words` for each, by file and line."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    files = [*checkout.glob("*.md"), *checkout.glob("docs/pages/*.md")]
    for package in project["tool"]["importlinter"]["root_packages"]:
        files += (checkout / package).rglob("*.py")
        files += (checkout / package).rglob("*.md")
    for path in sorted(files):
        name = path.relative_to(checkout).as_posix()
        text = path.read_text(encoding="utf-8")
        for first, prose in _strings(text) if path.suffix == ".py" else [(1, text)]:
            for found in _FOUND.finditer(prose) if name not in _LISTS else ():
                line = first + prose.count("\n", 0, found.start())
                yield f"{name}:{line}: {' '.join(found[0].split())}"


def _strings(source: str) -> list[tuple[int, str]]:
    """The line and the text of each string literal, docstrings included."""
    return sorted(
        (node.lineno, node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def main() -> None:
    checkout = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    if lines := list(findings(checkout)):
        sys.exit("\n".join([*lines, "use plain words: docs/words.py lists those to avoid"]))


if __name__ == "__main__":
    main()
