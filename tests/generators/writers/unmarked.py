"""Code for languages that have no signs for what was changed: their authors write a diff."""

from dataclasses import replace

from tests.generators.truth import Code, Line


def unmarked(code: Code) -> Code | None:
    """The same with highlights as its only marks: a diff where lines were removed. None where it cannot be said."""
    marks = {line.mark for line in code.lines}
    if code.twoslash or "!" in marks or ("+" in marks and "-" not in marks):
        return None
    if "-" not in marks:
        return code
    signed = (Line(f"{line.mark if line.mark in ('+', '-') else ' '}{line.text}") for line in code.lines)
    return replace(code, language="diff", lines=tuple(signed))
