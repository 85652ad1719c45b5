"""How blocks of a generator's own are put down: the source, and what a reader sees of it.

Texts of several lines begin and end with a newline that is no part of them.
"""

from tests.generators.truth import Block, Callout, Code, Line, Own, Words


def own(source: str, block: Block) -> Own:
    return Own(source.strip("\n"), block)


def seen(name: str, language: str, text: str, title: str = "") -> Code:
    """Code without marks, line by line."""
    return Code(name, language, tuple(map(Line, text.strip("\n").split("\n"))), title)


def changed(name: str, language: str, text: str) -> Code:
    """Code whose first column is each line's mark, as in a diff."""
    rows = text.strip("\n").split("\n")
    return Code(
        name,
        language,
        tuple(Line(row[1:], "+" if row[:1] == "+" else "-" if row[:1] == "-" else "") for row in rows),
    )


def said(name: str, source: str, words: str) -> Own:
    """A paragraph."""
    return own(source, Words(name, words))


def boxed(name: str, source: str, title: str, words: str) -> Own:
    """A call-out of one paragraph, which holds `name` and a 1."""
    return own(source, Callout(name, "note", title, (Words(f"{name}1", words),)))
