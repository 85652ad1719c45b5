"""The reasons of pages that are there and were not requested."""

from ingest.crawl.frontier import TWICE
from ingest.crawl.limits import NOT_RETRIED, is_over_limit, over_in_vain, over_pages


def test_a_limit_is_known_by_its_reason_and_no_other_reason_is_one() -> None:
    assert all(map(is_over_limit, (NOT_RETRIED, over_pages(1), over_pages(10_000), over_in_vain(1_000))))
    assert not any(map(is_over_limit, (TWICE, "deeper than --max-depth 2", "over 500 addresses that differ")))
