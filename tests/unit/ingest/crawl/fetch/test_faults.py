import pytest

from ingest.crawl.fetch.faults import retry_after

NEW_YEAR_2026 = 1767225600.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 00:00:05 -0000", 5.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 400, 315_360_000.0),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str, seconds: float | None) -> None:
    assert retry_after(header, NEW_YEAR_2026) == seconds
