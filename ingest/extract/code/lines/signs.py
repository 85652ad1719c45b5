"""Pure: lines of which some were added or removed become a diff, or code as it is afterwards."""

from collections.abc import Iterable, Sequence

from ingest.extract.code.lines.line import Line

DIFF = "diff"
_HEADS = (" ", "@@", "---", "+++", "diff ", "index ", "\\")
"""How a line of a diff begins that was not changed."""


def with_signs(lines: Sequence[Line], language: str) -> tuple[str, str]:
    """Code and its language: a diff, each line with its sign, where something was removed.

    Where something was only added, the code keeps its language and has no signs. A diff keeps those that it has.
    """
    changes = [line.change for line in lines]
    whole = any(changes)
    if _has_signs(lines, changes, language):
        return _text(line.text for line in lines), DIFF if whole else language
    removed = any(
        change == "-" for line in lines for change in (line.sign, *(told for _, told in line.parts))
    )
    if not removed and not (whole and language == DIFF):
        return _text(line.text for line in lines), language
    signed: list[str] = []
    for line, change in zip(lines, changes, strict=True):
        if change or not line.within:
            signed.append((change or " ") + line.text)
            continue
        signed += [f"-{line.without('+')}", f"+{line.without('-')}"]
    return _text(signed), DIFF


def _has_signs(lines: Sequence[Line], changes: Sequence[str], language: str) -> bool:
    """Whether the signs stand in the code itself."""
    if any(line.sign for line in lines):
        return False
    if not any(changes):
        return language == DIFF
    return all(
        not line.text or line.text.startswith(change or _HEADS) or (not change and language == DIFF)
        for line, change in zip(lines, changes, strict=True)
    )


def _text(lines: Iterable[str]) -> str:
    """Without empty lines at its head and foot."""
    found = list(lines)
    while found and not found[0].strip():
        found.pop(0)
    while found and not found[-1].strip():
        found.pop()
    return "\n".join(found)
