"""What answers in place of a page: a bot guard, a sign-in form, a consent wall. Pure.

The way in: `guard_of_page` for a parsed page, `guard_of_answer` for any body, `guard_of_headers`.
"""

from ingest.interstitials.answer import (
    guard_of_answer,
    guard_of_headers,
    is_door,
    is_entrance,
    may_be_guards,
    say,
)
from ingest.interstitials.page import guard_of_page

__all__ = [
    "guard_of_answer",
    "guard_of_headers",
    "guard_of_page",
    "is_door",
    "is_entrance",
    "may_be_guards",
    "say",
]
