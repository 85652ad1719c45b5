"""Text in one line. Pure."""


def one_line(text: str) -> str:
    """The text with a space for each run of white space and of line ends, and none around it."""
    return " ".join(text.split())
