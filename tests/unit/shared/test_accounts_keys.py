"""API keys: their form, which stays as it is, and what is told of one that cannot be a key."""

import hashlib

import pytest

from shared.accounts.keys import hash_of, is_whole, mint
from shared.errors import InvalidKey

KEY = "lect_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf4gJQtx"


def test_a_key_is_32_random_bytes_and_their_checksum_and_what_is_kept_is_its_hash() -> None:
    assert mint(lambda size: bytes(range(size))) == (
        KEY,
        "lect_003aU",
        hashlib.sha256(KEY.encode()).hexdigest(),
    )
    assert mint(lambda size: b"\xff" * size).key == "lect_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp12DcdCf"
    assert hash_of(f" {KEY}\n") == mint(lambda size: bytes(range(size))).hash


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("  ", "is empty"),
        ("sk-live-1", "those begin with lect_"),
        (KEY[:-1], "it has 54 letters and digits"),
        (f"{KEY}0", "incomplete or damaged"),
        (KEY.replace("3", "-"), "incomplete or damaged"),
        (f"{KEY[:-1]}y", "a typing error"),
        (KEY.replace("TJ", "JT"), "a typing error"),
    ],
)
def test_what_cannot_be_a_key_is_refused_without_showing_it(text: str, why: str) -> None:
    with pytest.raises(InvalidKey, match=why) as refused:
        hash_of(text)
    assert text.strip()[8:] == "" or text.strip()[8:] not in f"{refused.value} {refused.value.hint}"


def test_a_prefix_names_a_key_and_shows_little_of_it() -> None:
    assert is_whole(KEY)
    assert is_whole(f" {KEY[:11]}")
    assert not is_whole(f" {KEY[:10]} ")
    assert not is_whole("0b7a9c1e-5d0f-4c55-9e52-6f6f0a3a7c11")
