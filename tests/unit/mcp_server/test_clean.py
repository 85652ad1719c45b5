import json

import pytest

from mcp_server.clean import clean, clean_json, readable


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("plain\ttext\r\n", "plain\ttext\r\n"),
        ("a lone \ud800 half", "a lone � half"),
        ("another \udfff", "another �"),
        ("two halves \ud83d\ude00", "two halves 😀"),
        ("\ufeffbyte order mark", "\ufeffbyte order mark"),
        ("nul\x00, bell\x07, escape\x1b[31m", "nul, bell, escape[31m"),
        ("日本語 עברית 🚀", "日本語 עברית 🚀"),
    ],
)
def test_only_what_cannot_be_sent_is_changed(text: str, sent: str) -> None:
    assert clean(text) == sent


def test_every_string_of_a_json_value_becomes_sendable() -> None:
    value = {"a\ud800": ["\ud800", {"b": "\x00c"}, 1, None, 0.5, True]}

    cleaned = clean_json(value)

    assert cleaned == {"a�": ["�", {"b": "c"}, 1, None, 0.5, True]}
    json.dumps(cleaned, ensure_ascii=False).encode()


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
