"""What an answer costs: one measure for its text and for its structured form, whatever model reads it. Pure."""

BYTES_A_TOKEN = 3.5
"""Of UTF-8, in documentation with code: as tokenizers of today's assistants count it, within some percent."""


def cost(text: str) -> int:
    """Tokens of a text: its UTF-8 bytes divided by 3.5, rounded up."""
    return -(-2 * len(text.encode()) // 7)


def room(tokens: int) -> int:
    """The most bytes of UTF-8 that cost so many tokens."""
    return 7 * tokens // 2
