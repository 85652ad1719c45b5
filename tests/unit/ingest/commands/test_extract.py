"""`ingest extract` prints what a crawl would keep."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ingest.commands.extract import extract

app = typer.Typer()
app.command()(extract)


def test_json_is_one_object_a_line_under_the_name_that_was_given(tmp_path: Path) -> None:
    page = tmp_path / "a b.html"
    page.write_text("<title>T</title><main><h1 id=t>T</h1><p>x</p></main>")
    done = CliRunner().invoke(app, ["--json", str(page), str(page)])
    assert done.exit_code == 0
    expected = {
        "source": str(page),
        "title": "T",
        "markdown": "# T\n\nx\n",
        "sections": [{"heading": "T", "level": 1, "anchor": "t"}],
    }
    assert [json.loads(line) for line in done.stdout.splitlines()] == [expected, expected]


def test_without_json_it_is_markdown(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<h1>T</h1><p>x</p>")
    assert CliRunner().invoke(app, [str(page)]).stdout == "# T\n\nx\n\n"


def test_a_page_without_text_is_an_empty_document(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<html><body></body></html>")
    done = CliRunner().invoke(app, ["--json", str(page)])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"source": str(page), "title": "", "markdown": "", "sections": []}


def test_a_source_that_cannot_be_read_fails_and_the_others_are_shown(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<h1>T</h1><p>x</p>")
    done = CliRunner().invoke(app, ["--json", str(tmp_path / "none.html"), str(page)])
    assert done.exit_code == 1
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == [str(page)]


def test_an_address_that_does_not_answer_is_named_once_with_what_to_do() -> None:
    url = "http://127.0.0.1:9/guide"
    done = CliRunner().invoke(app, ["--allow-private", url])
    assert done.exit_code == 1
    line = " ".join(done.stderr.split())
    assert line.startswith(f"error cannot fetch {url}: no connection")
    assert line.endswith("→ check the URL, and that the site is up")


@pytest.mark.slow
def test_a_page_that_takes_too_long_fails_by_name_and_the_others_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LECTERN_PAGE_SECONDS", "1")
    slow, page = tmp_path / "slow.html", tmp_path / "a.html"
    slow.write_text(f"<main><p>x</p>{'<div>' * 1990}{'<br>' * 5000}</main>")
    page.write_text("<h1>T</h1><p>x</p>")
    done = CliRunner().invoke(app, ["--json", str(slow), str(page)])
    assert done.exit_code == 1
    assert f"{slow}: takes more than 1 s of processor time" in " ".join(done.stderr.split())
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == [str(page)]
