"""What every page owes to whoever reads it, by eye or by ear."""

from typing import Any


def assert_readable(page: Any) -> None:
    """A language, a title, one heading, a label for each field, and nothing that a policy without scripts forbids."""
    assert page.get("lang") == "en"
    assert page.findtext(".//title")
    assert len(page.xpath("//h1")) == 1
    for field in page.xpath("//input[not(@type='hidden')] | //select"):
        assert field.get("aria-label") or page.xpath("//label[@for=$id]", id=field.get("id"))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(page.xpath("//@aria-describedby")) <= set(ids)
    assert not page.xpath("//script | //*[@style] | //@*[starts-with(name(), 'on')]")
