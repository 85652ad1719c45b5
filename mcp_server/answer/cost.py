"""What an answer costs: one measure for its text and for its structured form, whatever model reads it. Pure."""


def cost(text: str) -> int:
    """Tokens of a text: its UTF-8 bytes divided by 3.5, rounded up.

    Tokenizers of today's assistants count documentation with code so, within some percent.
    """
    return -(-2 * len(text.encode()) // 7)


def most_bytes(tokens: int) -> int:
    """The most bytes of UTF-8 that cost so many tokens."""
    return 7 * tokens // 2
