"""Pure: where a payment stands, and what of an attempt's failure follows."""

from decimal import Decimal
from typing import Final, Literal

State = Literal["pending", "processing", "completed", "failed", "refunded"]
Origin = Literal["dunning", "method", "hand", "link", "transfer"]
"""Who began it: the schedule, a new default method, an operator, a person on a hosted page, or their bank."""
Decline = Literal["soft", "hard", "authentication", "refused", "cancelled"]
"""Try again; wait for another method; the person must confirm it; the provider takes no such payment; ended by us."""

PENDING, PROCESSING, COMPLETED, FAILED, REFUNDED = "pending", "processing", "completed", "failed", "refunded"
MOVES: Final = {
    PENDING: (PROCESSING, COMPLETED, FAILED),
    PROCESSING: (COMPLETED, FAILED),
    COMPLETED: (REFUNDED,),  # all of it
    REFUNDED: (COMPLETED,),  # a dispute was won
    FAILED: (),
}
"""What each state may become; the database refuses any other move too."""
OPEN: Final = (PENDING, PROCESSING)
"""Money may still come of it: an invoice has one such payment at most."""
PROVIDERS: Final = ("stripe", "paypal", "wise", "manual")


def stands(amount: Decimal, reversed_amount: Decimal) -> str:
    """A payment that was completed once, by how much of it went back."""
    return REFUNDED if reversed_amount >= amount else COMPLETED
