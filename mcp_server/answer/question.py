"""What a question says of itself: whether it is about change, and which of its words say nothing here. Pure."""

import re

_ABOUT_CHANGE = re.compile(
    r"\b(?:change ?logs?|release notes?|what'?s new|news|what(?:'s| has| was| is)? changed|breaking changes?"
    r"|(?:chang\w+|new|added|removed|deprecated|renamed|differ\w+) (?:in|since|from|between|with)\b.*\d"
    r"|deprecat\w+|upgrad\w+|migrat\w+ (?:from|to)|backwards?.?(?:in)?compatib\w+)",
    re.IGNORECASE,
)


def is_about_change(question: str) -> bool:
    """Whether change logs and release notes may hold the answer."""
    return bool(_ABOUT_CHANGE.search(question))


def without_name(question: str, library_id: str) -> str:
    """The question without the library's own name, which stands all over its documentation.

    A name in code stays (`flask.Flask`), and so does a question that consists of the name alone.
    """
    names = "|".join(map(re.escape, library_id.strip("/").split("/")))
    rest = re.sub(rf"(?<![\w./-])(?:{names})(?:'s)?(?![\w/(-]|\.\w)", " ", question, flags=re.IGNORECASE)
    return " ".join(rest.split()) if re.search(r"\w", rest) else question
