"""What an encoding lacks is written as a plain sign, and nothing else is changed."""

import io

import pytest

from shared.terminal.plain import write_plainly

SHOWN = "3 × a ─ b − c – “d” … → é ½ naïve 日本 \ud800 ⠋ ┌┐ └─┘ ™\n"


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("ascii", "3 x a - b - c - 'd' ... -> e 1/2 naive ?? ? * ++ +-+ TM\n"),
        ("latin-1", "3 × a - b - c - 'd' ... -> é ½ naïve ?? ? * ++ +-+ TM\n"),
        ("cp1252", "3 × a - b - c – “d” … -> é ½ naïve ?? ? * ++ +-+ ™\n"),
        ("cp437", "3 x a ─ b - c - 'd' ... -> é ½ naïve ?? ? * ┌┐ └─┘ TM\n"),
        ("utf-8", SHOWN.replace("\ud800", "?")),
    ],
)
def test_what_an_encoding_lacks_is_written_plainly(encoding: str, written: str) -> None:
    kept = io.BytesIO()
    stream = io.TextIOWrapper(kept, encoding=encoding, newline="")
    write_plainly(stream, None, io.StringIO())
    stream.write(SHOWN)
    stream.flush()
    assert kept.getvalue().decode(encoding) == written
