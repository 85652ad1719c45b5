import pytest

from mcp_server.wire.clean import readable


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (rb'["plain \u00e9 \\ \" \n"]', rb'["plain \u00e9 \\ \" \n"]'),
        (rb'["\ud83d\ude00"]', rb'["\ud83d\ude00"]'),
        (rb'["\uD83D\uDE00 and \ud83d"]', rb'["\uD83D\uDE00 and \ufffd"]'),
        (rb'["\ude00\ud83d"]', rb'["\ufffd\ufffd"]'),
        (rb'["\ud83d\ud83d\ude00"]', rb'["\ufffd\ud83d\ude00"]'),
        (rb'["a path: C:\\ud83d"]', rb'["a path: C:\\ud83d"]'),
        (rb'["\\\ud83d"]', rb'["\\\ufffd"]'),
        (b"\\ud83d\\", b"\\ufffd\\"),
    ],
)
def test_half_a_character_in_a_line_is_replaced_and_nothing_else(line: bytes, read: bytes) -> None:
    assert readable(line) == read
