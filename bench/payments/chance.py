"""Pure: what happens by chance, from a seed and what it is about: the order of questions changes no answer."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def chance(*about: object) -> float:
    """From 0 to 1, the same for the same."""
    digest = blake2b("/".join(map(str, about)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56


def pick(options: Sequence[T], *about: object) -> T:
    return options[int(chance(*about) * len(options))]


def shuffled(items: Sequence[T], *about: object) -> list[T]:
    return [item for _, item in sorted(enumerate(items), key=lambda one: chance(*about, one[0]))]
