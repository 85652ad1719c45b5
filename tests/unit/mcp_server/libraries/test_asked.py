import pytest

from mcp_server.libraries.asked import MOST_CHARACTERS, Trust, mended, read


@pytest.mark.parametrize(
    ("typed", "key", "version"),
    [
        ("  Next.js  ", "nextjs", None),
        ("Next.js 14", "nextjs", "14"),
        ("flask@2.2", "flask", "2.2"),
        ("Django v5.0.x", "django", "5.0"),
        ("lib 2.x", "lib", "2"),
        ("laravel version 11", "laravel", "11"),
        ("pandas==2.2.0", "pandas", "2.2.0"),
        ("numpy>=1.26", "numpy", ">=1.26"),
        ("react@^18", "react", "^18"),
        ("react ^18 || ^19", "react", "^18 || ^19"),
        ("kubernetes latest", "kubernetes", None),
        ("@tanstack/react-query@5.0.0", "tanstackreactquery", "5.0.0"),
        ("Python3.11", "python", "3.11"),
        ("postgresql-15", "postgresql", "15"),
        ("vue2", "vue", "2"),
        ("the Flask web framework", "flask", None),
        ("docs for pandas", "pandas", None),
        ("Express.js", "express", None),
        ("rustlang", "rust", None),
        ("@types/react", "react", None),
        ("/pallets/flask", "palletsflask", None),
        ("/pallets/flask/2.2", "palletsflask", "2.2"),
        ("/pallets/flask@2.2", "palletsflask", "2.2"),
        ("/pallets/flask@^2.2", "palletsflask", "^2.2"),
        ("vercel/next.js", "vercelnextjs", None),
        ("https://github.com/vercel/next.js", "vercelnextjs", None),
        ("https://github.com/facebook/react/tree/main/packages", "facebookreact", None),
        ("git@github.com:pallets/flask.git", "palletsflask", None),
        ("ssh://git@github.com/rails/rails.git", "railsrails", None),
        ("git+https://github.com/psf/requests.git", "psfrequests", None),
        ("github:sveltejs/svelte#main", "sveltejssvelte", None),
        ("https://www.npmjs.com/package/@nestjs/core", "nestjscore", None),
        ("https://pypi.org/project/requests/", "requests", None),
        ("pip install requests", "requests", None),
        ("npm i -D vitest@3", "vitest", "3"),
        ("click>=8,<9", "click", ">=8,<9"),
        ("click<9", "click", "<9"),
        ("click != 8.1", "click", "!= 8.1"),
        ("click~=8.1", "click", "~=8.1"),
        ("pip install 'django>=4.2,<5'", "django", ">=4.2,<5"),
        ("click/8.1", "click", "8.1"),
        ("https://pypi.org/project/click/8.1.7/", "click", "8.1.7"),
        ("https://www.npmjs.com/package/react/v/18.2.0", "react", "18.2.0"),
        ("https://www.npmjs.com/package/react/v/next", "react", None),
        ("https://github.com/pallets/click/tree/8.1.x", "palletsclick", "8.1"),
        ("https://gitlab.com/a/b/-/tree/v2.1/docs", "ab", "2.1"),
    ],
)
def test_what_people_type_for_a_library_can_be_read(typed: str, key: str, version: str | None) -> None:
    asked = read(typed)

    assert key in [reading.key for reading in asked.readings if reading.trust <= Trust.CORE]
    assert asked.version == version


@pytest.mark.parametrize("name", ["H2", "2.2", "C#", "d3", "k8s", "bs4", "the"])
def test_a_number_or_a_common_word_may_be_the_name_itself(name: str) -> None:
    assert read(name).readings[0].trust == Trust.WHOLE


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("torch.nn", "torch"),
        ("react-dom/client", "reactdom"),
        ("@angular/animations", "angular"),
        ("https://docs.djangoproject.com/en/5.0/topics/db/", "docsdjangoprojectcom"),
        ("docs.python.org/3/library/asyncio.html", "docspythonorg3library"),
    ],
)
def test_a_module_a_scoped_package_and_a_page_lead_to_what_they_are_within(typed: str, key: str) -> None:
    assert key in [reading.key for reading in read(typed).readings if reading.trust == Trust.WITHIN]


def test_a_page_on_a_host_of_many_libraries_does_not_stand_for_the_host() -> None:
    assert [reading.key for reading in read("https://docs.rs/tokio").readings] == ["docsrstokio"]


@pytest.mark.parametrize(
    ("address", "version"),
    [
        ("https://click.palletsprojects.com/en/8.1.x/", "8.1"),
        ("https://docs.djangoproject.com/en/3.2/topics/", "3.2"),
        ("https://www.postgresql.org/docs/15/sql.html", "15"),
        ("https://site.example/v2/guide", "2"),
        ("https://site.example/2024/guide", None),
        ("http://127.0.0.1/guide", None),
    ],
)
def test_an_address_may_name_a_version(address: str, version: str | None) -> None:
    assert read(address).version == version


def test_the_words_of_a_sentence_are_read_longest_run_first_with_the_others_beside() -> None:
    parts = [one for one in read("python requests sessions").readings if one.trust == Trust.PART]

    assert [one.key for one in parts] == [
        "pythonrequests",
        "requestssessions",
        "python",
        "requests",
        "sessions",
    ]
    assert parts[3].beside == ("python", "sessions")


def test_every_key_is_read_once_where_it_is_surest() -> None:
    for typed in ("flask", "Next.js 14", "vue vue vue", "x" * 100_000, "@a/a", "a.a/a"):
        readings = read(typed).readings
        assert len({one.key for one in readings}) == len(readings)
        assert [one.trust for one in readings] == sorted(one.trust for one in readings)
        assert all(len(one.key) <= MOST_CHARACTERS for one in readings)


@pytest.mark.parametrize("typed", ["", "  ", "...", "🚀", "/not an id", "https://", "@/", "\x00"])
def test_nothing_that_can_be_typed_is_too_odd(typed: str) -> None:
    assert read(typed).version is None


def test_a_name_is_mended_by_one_slip() -> None:
    for slip in ("djnago", "djago", "djangoo", "djanga"):
        assert "django" in mended(slip)
    assert "django" not in mended("django")
    assert mended("djnago")[0] == "jdnago"


def test_a_short_name_is_taken_as_it_is() -> None:
    assert mended("vue") == []
