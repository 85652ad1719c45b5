"""The command line as an operator types it, on real stores."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import Result

from shared.settings import IngestSettings
from shared.terminal.exits import ExitCode
from tests.cross_encoder import NAME, write_cross_encoder
from tests.marks import slow
from tests.site import Answer, Reply, Site, html, redirect

pytestmark = pytest.mark.processes

Ingest = Callable[..., Result]

ENDLESS = "<p>" + "x" * (1 << 16) + "</p>"


@pytest.fixture
def site() -> Iterator[Site]:
    pages: dict[str, Answer] = {
        "/": html("/json.html", "/views.html", title="Start"),
        "/json.html": html(
            title="JSON", text="Return a dict from a view and it becomes JSON, the format of APIs."
        ),
        "/views.html": html(
            title="Views", text="A view is a function that answers a request for one address."
        ),
        "/empty.html": "",
        "/no-text.html": "<html><body><nav>Menu</nav></body></html>",
        "/500.html": Reply(status=500),
        "/loop.html": redirect("/loop.html"),
        "/picture": Reply(b"\x89PNG", headers={"Content-Type": "image/png"}),
        "/huge.html": Reply(ENDLESS.encode() for _ in range(800)),
        "/broken.html": "<html><p>a <b>b<table><tr><td>c</p></b><pre>code",
        "/inward.html": redirect("http://169.254.169.254/latest/meta-data/"),
    }
    with Site(pages) as site:
        yield site


def _one_line(result: Result, code: ExitCode = ExitCode.FAILED) -> str:
    """The failure that a person reads; never more than one line, never a traceback."""
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert [line for line in lines if line.startswith("error ")] == lines[-1:], result.stderr
    return lines[-1]


def test_the_users_own_words(ingest: Ingest, site: Site) -> None:
    assert ingest("library", "add", "/mongodb/docs", "--docs-url", f"{site.url}/").exit_code == 0
    crawled = ingest("crawl", "/mongodb/docs", "--allow-private", "--json")
    assert crawled.exit_code == 0, crawled.stderr
    assert json.loads(crawled.stdout)["pages"] == 3
    asked = ingest("ask", "/mongodb/docs", "how do I return JSON from a view \udcff", "--json")
    assert asked.exit_code == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert answer["snippets"][0]["source_url"].startswith(f"{site.url}/json.html")
    assert set(answer) == {
        *("library_id", "version", "asked_version", "crawled", "snippets", "tokens", "next_cursor"),
        *("partial", "message"),
    }
    listed = json.loads(ingest("library", "list", "--json").stdout)
    assert [(library["id"], library["default_version"]) for library in listed] == [
        ("/mongodb/docs", "latest")
    ]
    [row] = [
        line for line in ingest("library", "show", "/MongoDB/docs").stdout.splitlines() if "latest\t" in line
    ]
    assert row.startswith("latest\t3\t")
    assert ingest("doctor").exit_code == 0
    assert "unchanged" in ingest("crawl", "/MongoDB/Docs", "--allow-private").stdout
    assert len(json.loads(ingest("library", "list", "--json").stdout)) == 1
    assert ingest("library", "remove", "/mongodb/docs", "--yes").exit_code == 0
    assert "No libraries yet" in ingest("library", "list").stdout


def test_a_range_of_what_is_not_here_is_nothing_to_crawl(ingest: Ingest) -> None:
    assert _one_line(ingest("ask", "flask@^2.2", "x")).endswith("crawl it: ingest crawl /pallets/flask")


BAD: list[tuple[list[str], str]] = [
    (
        ["crawl", "flsk"],
        "no library flsk; did you mean /pallets/flask? → if so, ingest crawl /pallets/flask;",
    ),
    (["crawl", "/pallets/django"], "→ if so, ingest crawl /django/django; if not, name its start page: "),
    (["ask", "djnago/4.2", "what is there"], "crawl it if so: ingest crawl /django/django/4.2"),
    (["crawl", "flsk@2.2"], "→ if so, ingest crawl /pallets/flask/2.2;"),
    (["crawl", "router"], "several are called so"),
    (["crawl", "/acme/handbook"], "no library /acme/handbook → name its start page"),
    (["ask", "flask", "what is there"], "crawl it: ingest crawl /pallets/flask"),
    (["ask", "/pallets/flask", "what is there"], "crawl it: ingest crawl /pallets/flask"),
    (["ask", "flask@2.2", "what is there"], "crawl it: ingest crawl /pallets/flask/2.2"),
    (["ask", "flask/2.2", "what is there"], "crawl it: ingest crawl /pallets/flask/2.2"),
    (
        ["ask", "flsk", "what is there"],
        "did you mean /pallets/flask? → crawl it if so: ingest crawl /pallets/flask",
    ),
    (["refresh", "k8s"], "crawl it: ingest crawl /kubernetes/kubernetes"),
    (["library", "show", "flask"], "crawl it: ingest crawl /pallets/flask"),
    (["library", "remove", "flsk", "--yes"], "did you mean /pallets/flask?"),
    (["library", "remove", "flask@2.2", "--yes"], "names a version"),
    (["library", "add", "flask"], "is not a library id"),
    (["report", "flask"], "crawl it: ingest crawl /pallets/flask"),
    (["rollback", "flask"], "crawl it: ingest crawl /pallets/flask"),
    (["quarantine", "list", "flask"], "crawl it: ingest crawl /pallets/flask"),
    (["reindex", "flask"], "crawl it: ingest crawl /pallets/flask"),
    (["reembed", "flask"], "crawl it: ingest crawl /pallets/flask"),
    (["crawl", "/a/b/c/d"], "is not a library id"),
    (["crawl", "/palets/flask"], "did you mean /pallets/flask"),
    (["crawl", "/no/such"], "name its start page"),
    (["crawl", "/a/b", "gopher://x/"], "is not an http(s) URL"),
    (["crawl", "/a/b", "http://no-such-host.invalid/"], "does not resolve"),
    (["crawl", "/a/b", "SITE/"], "a loopback address"),
    (["crawl", "/a/b", "SITE/missing", "--allow-private"], "404 Not Found"),
    (["crawl", "/a/b", "SITE/500.html", "--allow-private"], "500"),
    (["crawl", "/a/b", "SITE/loop.html", "--allow-private"], "redirects for ever"),
    (["crawl", "/a/b", "SITE/picture", "--allow-private"], "not HTML"),
    (["crawl", "/a/b", "SITE/huge.html", "--allow-private"], "larger than"),
    (["crawl", "/a/b", "SITE/", "--version", "1 0"], "is not a version"),
    (["library", "show", "/no/such"], "no library /no/such"),
    (["library", "add", "/a/b", "--docs-url", "b.example"], "is not an http(s) URL"),
    (["crawl", "/a/b", "b.example"], "is not an http(s) URL"),
    (["crawl", "/a/b", "/srv/docs", "--version", "1"], "is not an http(s) URL"),
    (["ask", "/no/such", "what is there"], "no library /no/such"),
    (["ask", "/no/such", " "], "the question is empty"),
    (["ask", "/no/such", "\u200b\u2060 \u2028"], "the question is empty"),
    (["crawl", "/a/b", "SITE/", "--version", ""], "is not a version"),
    (["crawl", "/a/b", "SITE/", "--base-url", "docs.example"], "is not an http(s) URL"),
    (["crawl", "/a/b", "SITE/", "--language", "english"], "is not a language tag"),
    (["crawl", "/a/b", "SITE/", "--language", ""], "is not a language tag"),
    (["library", "remove", "/no/such", "--yes"], "no library /no/such"),
    (["library", "set", "/no/such", "--default-version", "1"], "no library /no/such"),
    (["reindex", "/no/such"], "no library /no/such"),
]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://localhost:1/"])
def test_an_address_that_is_refused_is_refused_before_there_is_a_model(
    ingest: Callable[..., Result], tmp_path: Path, url: str
) -> None:
    refused = ingest("crawl", "/a/b", url, LECTERN_EMBEDDING_MODEL_PATH=str(tmp_path / "none"))
    assert refused.exit_code == ExitCode.FAILED
    assert "no connection is made to" in refused.output


CANNOT_BE = {
    "is not a library id", "is not a version", "is not an http(s) URL", "names a version", "the question is empty",
    "is not a language tag",
}  # fmt: skip
"""Said of input that is bad by itself; all else is not found, or fails."""


@pytest.mark.parametrize(("words", "said"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_input_gets_one_line_and_leaves_nothing(
    ingest: Ingest, site: Site, words: list[str], said: str
) -> None:
    result = ingest(*(word.replace("SITE", site.url) for word in words))
    code = ExitCode.BAD_INPUT if said in CANNOT_BE else ExitCode.FAILED
    assert said in _one_line(result, code)
    assert json.loads(ingest("library", "list", "--json").stdout) == []


MISUSED = [
    (["nope"], "no such command 'nope'"),
    (["crawl"], "missing argument 'LIBRARY_ID'"),
    (["crawl", "/a/b", "--nope"], "no such option: --nope"),
    (["crawl", "/a/b", "--max-pages", "none"], "'--max-pages': must be a whole number"),
    (["crawl", "/a/b", "--max-pages", "9" * 50], "'--max-pages': must be 10,000,000 or less"),
    (["crawl", "/a/b", "--max-depth", "-1"], "'--max-depth': must be 0 or more"),
    (["ask", "/a/b", "what", "--tokens", "100"], "'--tokens': must be 500 or more"),
    (["refresh"], "name a library, or use --all or --older-than"),
    (["refresh", "/a/b", "--older-than", "long"], "'long' is not an age"),
    (["library", "set", "/a/b"], "missing option '--default-version'"),
]


@pytest.mark.parametrize(("words", "said"), MISUSED, ids=[" ".join(words) for words, _ in MISUSED])
def test_a_command_line_that_cannot_be_read_is_one_line_too(
    ingest: Ingest, words: list[str], said: str
) -> None:
    result = ingest(*words)
    line = _one_line(result, ExitCode.BAD_INPUT)
    assert said in line
    assert line.endswith("--help")
    assert result.stdout == ""


def test_a_group_without_a_command_shows_its_help(ingest: Ingest) -> None:
    shown = ingest("library")
    assert (shown.exit_code, shown.stderr) == (ExitCode.BAD_INPUT, "")
    assert shown.stdout == ingest("library", "--help").stdout


@pytest.mark.parametrize("more", [(), *slow((("--version", "1"),))])
def test_a_host_alone_is_a_start_page(ingest: Ingest, site: Site, more: tuple[str, ...]) -> None:
    crawled = ingest("crawl", "/a/b", site.url.upper().rstrip("/"), "--allow-private", *more)
    assert crawled.exit_code == 0, crawled.output
    assert "3 of 3 pages" in crawled.stdout


@pytest.mark.parametrize("more", [(), *slow((("--all-versions",),), (("--version", "3"),))])
@pytest.mark.parametrize(
    ("start", "why"), [("missing", "404 Not Found"), *slow(("500.html", "500"), ("picture", "not HTML"))]
)
def test_json_has_a_report_though_the_start_cannot_be_had(
    ingest: Ingest, site: Site, start: str, why: str, more: tuple[str, ...]
) -> None:
    url = f"{site.url}/{start}"
    result = ingest("crawl", "/a/b", url, "--allow-private", "--json", *more)
    assert why in _one_line(result)
    [report] = told if isinstance(told := json.loads(result.stdout), list) else [told]
    assert isinstance(told, list) == ("--all-versions" in more)
    assert (report["library_id"], report["version"]) == ("/a/b", "3" if "--version" in more else "latest")
    assert (report["outcome"], report["pages"], report["complete"]) == ("failed", 0, False)
    assert why in report["error"]
    assert [failure["url"] for failure in report["failed"]] == [url]


def test_json_has_a_report_of_a_refresh_that_is_not_let_in(ingest: Ingest, site: Site) -> None:
    for name in ("/a/b", "/a/c"):
        assert ingest("crawl", name, f"{site.url}/", "--allow-private").exit_code == 0
    site.pages["/"] = Reply(status=404)
    one = ingest("refresh", "/a/b", "--json")
    assert "404 Not Found" in _one_line(one)
    [report] = json.loads(one.stdout)
    assert (report["library_id"], report["kind"], report["outcome"]) == ("/a/b", "refresh", "failed")
    both = ingest("refresh", "--all", "--json")
    assert both.exit_code == 1
    assert [report["outcome"] for report in json.loads(both.stdout)] == ["failed", "failed"]
    unknown = ingest("refresh", "/no/such", "--json")
    assert "no library /no/such" in _one_line(unknown)
    assert [report["library_id"] for report in json.loads(unknown.stdout)] == ["/no/such"]


def test_json_has_a_report_of_a_library_that_nobody_knows(ingest: Ingest) -> None:
    result = ingest("crawl", "/no/such", "--json")
    assert "name its start page" in _one_line(result)
    assert json.loads(result.stdout)["outcome"] == "failed"


def test_dead_links_are_told_apart_from_failures(ingest: Ingest, site: Site) -> None:
    site.pages["/"] = html("/json.html", "/dead.html", "/500.html", title="Start")
    site.pages["/500.html"] = Reply(status=403)
    crawled = ingest("crawl", "/a/b", f"{site.url}/", "--allow-private")
    assert crawled.exit_code == 4
    assert "2 of 3 pages" in crawled.stdout
    assert "dead link 404 Not Found" in crawled.stdout
    reported = ingest("report", "/a/b")
    assert "2 of 3 pages" in reported.stdout.splitlines()[0]
    told = json.loads(ingest("report", "/a/b", "--json", "--failed").stdout)
    assert {page["url"].rpartition("/")[2]: page["outcome"] for page in told["pages"]} == {
        "dead.html": "dead link",
        "500.html": "failed",
    }
    del site.pages["/500.html"]
    again = ingest("refresh", "/a/b")
    assert again.exit_code == 0
    assert "2 of 2 pages" in again.stdout


def test_what_failed_is_asked_for_again_of_the_version_that_is_served(ingest: Ingest, site: Site) -> None:
    start = f"{site.url}/"
    assert ingest("crawl", "/a/b", start, "--version", "2.2", "--allow-private").exit_code == 0
    again = ingest("crawl", "/a/b", "--retry-failed", "--allow-private")
    assert again.exit_code == 0, again.output
    assert "/a/b 2.2" in again.stdout


def test_pages_over_the_limit_count_as_pages_of_the_site(ingest: Ingest, site: Site) -> None:
    crawled = ingest("crawl", "/a/b", f"{site.url}/", "--max-pages", "1", "--allow-private")
    assert "1 of 3 pages" in crawled.stdout


def test_nothing_is_removed_where_nobody_can_be_asked(ingest: Ingest, site: Site) -> None:
    assert ingest("library", "add", "/a/b", "--docs-url", site.url).exit_code == 0
    assert _one_line(ingest("library", "remove", "/a/b"), ExitCode.BAD_INPUT).endswith("→ confirm with --yes")
    assert [library["id"] for library in json.loads(ingest("library", "list", "--json").stdout)] == ["/a/b"]


@pytest.mark.slow
def test_every_command_takes_a_name_that_only_one_library_answers_to(ingest: Ingest, site: Site) -> None:
    added = ("library", "add", "/acme/the-handbook", "--docs-url", f"{site.url}/", "--alias", "acme book")
    assert ingest(*added).exit_code == 0
    crawled = ingest("crawl", "Acme Book", "--allow-private", "--json")
    assert crawled.exit_code == 0, crawled.output
    assert json.loads(crawled.stdout)["library_id"] == "/acme/the-handbook"
    assert ingest("crawl", "acmebook@2.2", f"{site.url}/", "--allow-private").exit_code == 0
    asked = ingest("ask", "acme-book/2.2", "how do I return JSON from a view", "--json")
    assert asked.exit_code == 0, asked.output
    assert json.loads(asked.stdout)["version"] == "2.2"
    for words, shown in (
        (("refresh", "the-handbook@2.2"), "/acme/the-handbook 2.2"),
        (("report", "the-handbook/2.2"), "/acme/the-handbook 2.2"),
        (("library", "show", "acme book"), "/acme/the-handbook"),
        (("library", "set", "acme book", "--default-version", "2.2"), "/acme/the-handbook answers from 2.2"),
        (("quarantine", "list", "acme book"), "Nothing is in quarantine"),
        (("reindex", "acme book"), "/acme/the-handbook 2.2"),
        (("reembed", "acme book@2.2"), "/acme/the-handbook 2.2"),
    ):
        result = ingest(*words)
        assert result.exit_code == 0, result.output
        assert shown in result.stdout
    assert "no previous generation" in _one_line(ingest("rollback", "acme book@2.2"))
    assert ingest("library", "add", "/other/book", "--alias", "ACME book").exit_code == 0
    assert "several are called so" in _one_line(ingest("library", "remove", "acme book", "--yes"))
    assert ingest("library", "remove", "the handbook", "--yes").exit_code == 0
    assert "no library /acme/the-handbook" in _one_line(ingest("library", "show", "/acme/the-handbook"))


def test_a_home_that_depends_on_where_one_stands_is_refused(ingest: Ingest) -> None:
    assert "LECTERN_HOME must be an absolute path" in _one_line(
        ingest("doctor", LECTERN_HOME="here"), ExitCode.BAD_INPUT
    )


@pytest.mark.parametrize("path", ["/empty.html", "/no-text.html"])
def test_a_site_without_text_publishes_nothing(ingest: Ingest, site: Site, path: str) -> None:
    result = ingest("crawl", "/a/b", site.url + path, "--allow-private")
    assert result.exit_code == 1
    assert "nothing to publish" in result.stdout
    assert "no text" in result.stdout


def test_broken_markup_is_read_as_far_as_it_goes(ingest: Ingest, site: Site) -> None:
    result = ingest("crawl", "/a/b", f"{site.url}/broken.html", "--allow-private")
    assert result.exit_code == 0, result.output


STORES = [
    ({"LECTERN_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:9/x"}, "cannot reach PostgreSQL"),
    ({"LECTERN_DATABASE_URL": "mysql://x"}, "LECTERN_DATABASE_URL must start with postgresql://"),
    ({"LECTERN_QDRANT_URL": "http://127.0.0.1:9"}, "Qdrant at http://127.0.0.1:9"),
    ({"LECTERN_EMBEDDING_MODEL_PATH": "/no/such/model"}, "/no/such/model"),
    ({"LECTERN_EMBEDDING_MODEL": "no/such-model", "LECTERN_EMBEDDING_MODEL_PATH": ""}, "no/such-model"),
]


@pytest.mark.parametrize(("env", "said"), STORES, ids=[said for _, said in STORES])
def test_a_store_that_does_not_serve_gets_one_line_without_secrets(
    ingest: Ingest, site: Site, env: dict[str, str], said: str
) -> None:
    code = ExitCode.BAD_INPUT if "must start with" in said else ExitCode.FAILED
    line = _one_line(ingest("crawl", "/a/b", f"{site.url}/", "--allow-private", **env), code)
    assert said in line
    assert "secret" not in line


def test_all_mistaken_settings_are_named_at_once(ingest: Ingest) -> None:
    line = _one_line(
        ingest("doctor", LECTERN_DATABASE_URL="a", LECTERN_REDIS_URL="b", LECTERN_LOG_LEVEL="loud"),
        ExitCode.BAD_INPUT,
    )
    assert re.findall(r"LECTERN_\w+", line) == [
        "LECTERN_DATABASE_URL",
        "LECTERN_REDIS_URL",
        "LECTERN_LOG_LEVEL",
    ]


def test_a_server_of_an_old_schema_is_told_to_migrate(ingest: Ingest, empty_database_url: str) -> None:
    line = _one_line(ingest("library", "list", LECTERN_DATABASE_URL=empty_database_url))
    assert "run `ingest migrate`" in line
    assert ingest("migrate", LECTERN_DATABASE_URL=empty_database_url).exit_code == 0
    assert "/kubernetes/kubernetes" in _known_as(empty_database_url, "k8s")
    assert ingest("library", "list", LECTERN_DATABASE_URL=empty_database_url).exit_code == 0


def test_what_a_database_has_lost_is_mended_or_named_with_exit_code_1(
    ingest: Ingest, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP INDEX idx_credits_type")
        found = ingest("doctor")
        assert found.exit_code == 1
        assert "index idx_credits_type of credits is missing: run `ingest migrate`" in " ".join(
            found.stdout.split()
        )
        mended = ingest("migrate")
        assert mended.exit_code == 0
        assert "mended index idx_credits_type of credits" in mended.stdout
        assert "schema whole and up to date" in ingest("doctor").stdout

        connection.execute("DROP TABLE usage_logs; DROP INDEX idx_credits_type")
    left = ingest("migrate")
    assert left.exit_code == 1
    assert "mended index idx_credits_type of credits" in left.stdout
    assert "table usage_logs is missing → restore a backup" in " ".join(left.stderr.split())


def test_the_doctor_says_what_fails_and_nothing_that_follows_from_it(
    ingest: Ingest, site: Site, make_settings: Callable[..., IngestSettings], tmp_path: Path
) -> None:
    for version in ("1", "2"):
        assert ingest("crawl", "/a/b", f"{site.url}/", "--version", version, "--allow-private").exit_code == 0

    def told(code: ExitCode = ExitCode.FAILED, **env: str) -> str:
        found = ingest("doctor", **env)
        assert found.exit_code == code, found.output
        return " ".join(found.stdout.split())

    well = told(ExitCode.DONE)
    assert "libraries 2 of 2 versions can answer, 6 chunks" in well
    assert "snapshots 2 archives, each in its place" in well

    unreachable = told(LECTERN_QDRANT_URL="http://127.0.0.1:9")
    assert "Qdrant at http://127.0.0.1:9 does not answer" in unreachable
    assert "2 versions cannot answer without Qdrant" in unreachable
    assert "reindex" not in unreachable
    unknown = told(LECTERN_EMBEDDING_MODEL="nope", LECTERN_EMBEDDING_MODEL_PATH="")
    assert unknown.count("no embedding model is called nope") == 1
    assert "2 versions cannot answer without model" in unknown
    assert "there are no weights of the cross-encoder no/such" in told(LECTERN_RERANKER="no/such")
    directory = tmp_path / "cross-encoder"
    write_cross_encoder(directory, "view")
    read = {"LECTERN_RERANKER": NAME, "LECTERN_RERANKER_PATH": str(directory)}
    assert f"cross-encoder {NAME}" in told(ExitCode.DONE, **read)

    [archive, _] = sorted((make_settings().home / "snapshots").rglob("*.tar.gz"))
    archive.unlink()
    gone = told()
    assert f"1 of 2 archives cannot be found, {archive.as_uri()} first" in gone
    assert "run `ingest crawl /a/b --fresh`" in gone


def test_a_reindex_wants_a_library_or_all(ingest: Ingest) -> None:
    for words in ((), ("/a/b", "--all")):
        assert ingest("reindex", *words).exit_code == 2
    assert ingest("reindex", "--all").exit_code == 0


def test_commands_that_write_let_the_shipped_libraries_be_known_by_name(
    ingest: Ingest, site: Site, database_url: str
) -> None:
    assert _known_as(database_url, "k8s") == []
    assert ingest("library", "add", "/acme/handbook", "--docs-url", f"{site.url}/").exit_code == 0
    assert _known_as(database_url, "k8s") == ["/kubernetes/kubernetes"]
    listed = json.loads(ingest("library", "list", "--json").stdout)
    assert [library["id"] for library in listed] == ["/acme/handbook"]


def _known_as(database_url: str, key: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT library_id FROM known_names WHERE key = %s", [key]).fetchall()
    return [row[0] for row in rows]
