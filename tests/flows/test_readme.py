"""What the documentation tells a reader to type exists, and what exists is told."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from admin.cli import app as admin_app
from ingest.cli import app
from ingest.libraries.shipped import shipped_libraries
from ingest.scan import scan
from shared.settings import DOORS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs" / "pages").glob("*.md"))
PROSE = [README, ROOT / "CONTRIBUTING.md", *PAGES]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
APPS = {"ingest": app, "lectern-admin": admin_app}
PROGRAMS = {*APPS, "lectern-mcp"}
VARIABLES = {f"LECTERN_{name.upper()}" for door in DOORS for name in door.model_fields}


def blocks(page: Path, language: str) -> list[str]:
    fence = re.compile(rf"^( *)```{language}\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
    return [body for _, body in fence.findall(page.read_text())]


def commands(page: Path) -> Iterator[list[str]]:
    """Every command line of the page's shell blocks, in words."""
    for block in blocks(page, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield words


def ours(page: Path) -> list[list[str]]:
    """The lines that call `ingest` or `lectern-admin`, from its name on."""
    return [
        [Path(word).name, *words[at + 1 :]]
        for words in commands(page)
        for at, word in enumerate(words[:2])
        if Path(word).name in APPS and all("=" in before for before in words[:at])
    ]


def parse(words: list[str]) -> None:
    """Parse a call of a program of ours as it does, without running it."""
    name, *rest = words
    command = get_command(APPS[name])
    while children := getattr(command, "commands", None):
        assert rest, f"{name} needs a command"
        name, *rest = rest
        command = children[name]
    command.make_context(name, [word for word in rest if word not in ("||", "&")])


def leaves(command: object, path: tuple[str, ...] = ("ingest",)) -> Iterator[str]:
    """The full name of every command that can be run and is not hidden."""
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(path)
        return
    for name, child in children.items():
        if not child.hidden:
            yield from leaves(child, (*path, name))


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_every_command_of_ours_is_one_that_the_program_takes(page: Path) -> None:
    for words in ours(page):
        parse(
            words[
                : next(
                    (at for at, word in enumerate(words) if word in ("|", "||", "&&", "&", ">")), len(words)
                )
            ]
        )


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_every_make_target_is_there(page: Path) -> None:
    assert {words[1] for words in commands(page) if words[0] == "make"} <= TARGETS


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_every_variable_is_one_that_settings_reads(page: Path) -> None:
    assert set(re.findall(r"LECTERN_[A-Z_]*[A-Z]", page.read_text())) <= VARIABLES


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_every_json_block_is_json(page: Path) -> None:
    for block in blocks(page, "json"):
        json.loads(block)


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_a_crawl_without_a_url_names_a_library_that_is_known_or_added_before(page: Path) -> None:
    made = {words[3] for words in ours(page) if words[1:3] == ["library", "add"]}
    for words in ours(page):
        if words[1] == "crawl" and not any("://" in word for word in words):
            assert words[2] in shipped_libraries() or words[2] in made or words[2].startswith("/acme/")


def test_the_readme_has_no_command_that_nobody_checks() -> None:
    for words in commands(README):
        program = Path(words[0]).name
        assert program in {"make", "ingest", "export", "claude"}, words
        if program == "export":
            assert words[1].partition("=")[0] in {*VARIABLES, "PATH"}
        if program == "claude":
            assert Path(words[-1]).name in PROGRAMS


def test_the_readme_begins_with_two_commands() -> None:
    assert len(blocks(README, "bash")[0].splitlines()) == 2


def test_continuous_integration_runs_what_the_readme_promises() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert {"make check", "make demo", "make test"} <= set(re.findall(r"^make [a-z]+", script, re.MULTILINE))


def test_make_help_names_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    public = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()) - {"help"}
    assert public == set(re.findall(r"^\tline ([a-z]+)", makefile, re.MULTILINE))


def test_every_command_has_its_place_in_the_reference() -> None:
    reference = (ROOT / "docs" / "pages" / "ingest.md").read_text()
    headings = " ".join(re.findall(r"^#+ (.*)$", reference, re.MULTILINE))
    for name in leaves(get_command(app)):
        assert name in headings or name in reference, f"{name} is not in the reference"


def test_every_command_about_people_is_on_a_page() -> None:
    told = "\n".join(page.read_text() for page in PAGES)
    names = [
        name.removeprefix("lectern-admin ") for name in leaves(get_command(admin_app), ("lectern-admin",))
    ]
    about_people = [name for name in names if name.startswith(("user ", "key ", "usage ", "audit", "roles"))]
    assert [name for name in about_people if name not in told] == []


def test_every_option_of_a_crawl_is_in_the_reference() -> None:
    reference = (ROOT / "docs" / "pages" / "ingest.md").read_text()
    crawl: typer.core.TyperCommand = get_command(app).commands["crawl"]  # type: ignore[attr-defined]
    for parameter in crawl.params:
        for spelling in parameter.opts:
            if spelling.startswith("--"):
                assert f"`{spelling}" in reference


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "pages" / "settings.md").read_text()
    assert set(re.findall(r"^\| \[`(LECTERN_[A-Z_]+)`\]", page, re.MULTILINE)) == VARIABLES


def test_every_page_is_reached_from_the_first() -> None:
    reached, waiting = set(), ["index.md"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        links = re.findall(r"\]\(([\w-]+\.md)", (ROOT / "docs" / "pages" / name).read_text())
        waiting += set(links) - reached
    assert reached == {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_of_ours_looks_like_an_order_to_assistants(page: Path) -> None:
    assert scan(page.read_text()) == []


@pytest.mark.parametrize(
    "page", [README, ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md"], ids=lambda page: page.name
)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^):#]+)\)", page.read_text()):
        assert (ROOT / target).exists(), target
