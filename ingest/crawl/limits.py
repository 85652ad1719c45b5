"""Pure: the reasons of pages that are there and were not requested."""

from shared.counted import counted

_OVER = "over the limit of"
NOT_RETRIED = f"{_OVER} what failed before (--retry-failed): a crawl fetches it"


def over_pages(most: int) -> str:
    """There are so many pages."""
    return f"{_OVER} {counted(most, 'page')} (--max-pages)"


def over_in_vain(most: int) -> str:
    """So many URLs gave no page."""
    return f"{_OVER} {most:,} addresses that give no page"


def is_over_limit(reason: str) -> bool:
    """Whether a reason, as reports and the rows of pages keep it, is one of these."""
    return reason.startswith(f"{_OVER} ")
