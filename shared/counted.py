"""Numbers before nouns. Pure."""


def counted(number: int, noun: str) -> str:
    """`1 page`, `1,170 pages`. The noun is given in the singular."""
    return f"{number:,} {named(number, noun)}"


def named(number: int, noun: str) -> str:
    """The noun alone, where its number stands elsewhere."""
    if number == 1:
        return noun
    if noun.endswith("y") and noun[-2] not in "aeou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x")) else f"{noun}s"
