import pytest

from ingest.commands.ask import show


@pytest.mark.parametrize(
    ("asked", "told"), [("2.2.5", "/test/lamps 2.2 for 2.2.5  "), (None, "/test/lamps 2.2  ")]
)
def test_an_answer_is_shown_with_the_version_that_was_asked_for_where_it_is_another(
    asked: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show(
        {
            "library_id": "/test/lamps",
            "version": "2.2",
            "asked_version": asked,
            "crawled": None,
            "snippets": [],
            "tokens": 0,
        },
        [],
    )

    assert capsys.readouterr().out.startswith(told)
