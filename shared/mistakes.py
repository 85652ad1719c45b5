"""What is wrong with a value of a setting or an option, in plain words. Pure."""

from pydantic import ValidationError

_WORDS = {
    "bool_parsing": "must be on or off",
    "string_pattern_mismatch": "must be debug, info, warning or error",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "greater_than": "must be more than {gt:,.15g}",
    "greater_than_equal": "must be {ge:,.15g} or more",
    "less_than_equal": "must be {le:,.15g} or less",
}
"""By the kinds of pydantic's errors."""


def mistakes(error: ValidationError) -> list[tuple[str, str]]:
    """The name of each field that cannot be used, as far as it has one, and why."""
    return [
        ("_".join(map(str, one["loc"][:1])), _said(one["type"], one["msg"], one.get("ctx", {})))
        for one in error.errors()
    ]


def _said(kind: str, message: str, limits: dict[str, object]) -> str:
    if kind in _WORDS:
        return _WORDS[kind].format(**limits)
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
