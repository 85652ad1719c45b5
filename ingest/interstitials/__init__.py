"""What answers in place of a page: a bot guard, a sign-in form, a consent wall. Pure.

The way in: `interstitial_of_page` for a parsed page, `interstitial_of_answer` for any body, `interstitial_of_headers`.
"""

from ingest.interstitials.answer import (
    interstitial_of_answer,
    interstitial_of_headers,
    is_own_sign_in_page,
    is_sign_in_address,
    may_be_interstitial,
    reason_of,
)
from ingest.interstitials.page import interstitial_of_page

__all__ = [
    "interstitial_of_answer",
    "interstitial_of_headers",
    "interstitial_of_page",
    "is_own_sign_in_page",
    "is_sign_in_address",
    "may_be_interstitial",
    "reason_of",
]
