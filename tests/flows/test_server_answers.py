"""Real clients ask a server about published libraries: PostgreSQL, Redis, Qdrant and the model are the real ones."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from redis.asyncio import Redis

from mcp_server.answer.cost import cost
from mcp_server.answer.frame import parse_docs_text
from shared.catalogue.store import Catalogue
from shared.embedding.embedder import Embedder
from shared.model.answer import MOST_COPIES
from shared.model.document import Chunk
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.cross_encoder import NAME, write_cross_encoder
from tests.embedding_model import word_model, write_word_model
from tests.flows.asking import ask, data, in_memory, over_stdio, replace_settings, said
from tests.flows.published import chunk, publish_chunks

pytestmark = pytest.mark.anyio

FLASK = Library(
    "/pallets/flask", "Flask", vendor="Pallets", docs_url="https://flask.example/", aliases=("flask2",)
)
FORK = Library("/fork/flask-tools", "Flask Tools", popularity_score=500)
EMPTY = Library("/mongodb/docs", "MongoDB")

OLD = [
    chunk("JSON", "Use jsonify to return JSON from a view function.", code="return jsonify(user)"),
    chunk("Sessions", "A session stores data of one user between requests, signed with a secret key."),
]
NEW = [
    chunk("JSON", "Return a dict from a view function and it becomes JSON.", code="return {'name': 'x'}"),
    chunk(
        "Elsewhere", "Return a dict from a view function and it becomes JSON.", code="return {'name': 'x'}"
    ),
    chunk("Sessions", "A session stores data of one user between requests, signed with a secret key."),
    chunk("Blueprints", "Blueprints organise a large application into parts that are registered later."),
    chunk(
        "Testing",
        "The test client makes requests to the application without a server.",
        code="app.test_client()",
    ),
    chunk("Templates", "Templates are rendered with Jinja; values are escaped automatically."),
]

ROOMS = [
    chunk(name, f"A session of the {name.lower()} room lasts. " * 20) for name in ("Red", "Blue", "Green")
]


async def _filled(settings: IngestSettings, embedder: Embedder) -> IngestSettings:
    """Settings of stores in which two versions of Flask, a popular fork and an empty library are."""
    made = replace_settings(settings, embedding_model_path=embedder.model.directory)
    async with open_stores(made, "tests") as stores:
        await publish_chunks(stores, embedder, FLASK, "2.2", OLD)
        await publish_chunks(stores, embedder, FLASK, "3.0", NEW, confirmed_at="2026-11-21 00:30+02")
        await publish_chunks(stores, embedder, FORK, "latest", NEW[:1])
        await Catalogue(await stores.database()).put(EMPTY)
        database = await stores.database()
        await database.rows(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(),"
            " 'Pacific/Kiritimati'); END $$"  # where it is tomorrow
        )
    return made


@pytest.fixture
async def settings(make_settings: Callable[..., IngestSettings], embedder: Embedder) -> IngestSettings:
    return await _filled(make_settings(), embedder)


@pytest.fixture(scope="module")
async def shared_settings(module_settings: IngestSettings, embedder: Embedder) -> IngestSettings:
    """The same for tests that only ask."""
    return await _filled(module_settings, embedder)


@pytest.fixture
async def client(settings: IngestSettings) -> AsyncIterator[Client]:
    async with in_memory(settings) as connected:
        yield connected


@pytest.fixture
async def asking(shared_settings: IngestSettings) -> AsyncIterator[Client]:
    async with in_memory(shared_settings) as connected:
        yield connected


async def test_an_editor_resolves_a_name_and_reads_the_answer(settings: IngestSettings) -> None:
    async with over_stdio(settings) as editor:
        resolved = await editor.call_tool(
            "resolve-library-id", {"query": "return JSON", "libraryName": "flask"}
        )
        best = data(resolved)["libraries"][0]
        answer = await editor.call_tool(
            "query-docs", {"libraryId": best["id"], "query": "return JSON from a view"}
        )

    assert said(resolved) == (
        "Available Libraries:\n\n"
        "- Title: Flask\n"
        "- Context7-compatible library ID: /pallets/flask\n"
        "- Code Snippets: 8\n"
        "- Versions: 3.0, 2.2\n"
        "- Source: https://docs.example/\n"
        "----------\n"
        "- Title: Flask Tools\n"
        "- Context7-compatible library ID: /fork/flask-tools\n"
        "- Code Snippets: 1\n"
        "- Versions: latest"
    )
    assert (best["id"], best["default_version"], best["confidence"]) == ("/pallets/flask", "3.0", 0.95)
    assert said(answer).startswith(
        "Library: /pallets/flask 3.0 (crawled 2026-11-20)\n\n"
        "--------------------------------\n\n"
        "### Guide > JSON\n\n"
        "Source: https://docs.example/page#json\n\n"
        "Return a dict from a view function and it becomes JSON.\n\n"
        "```python\nreturn {'name': 'x'}\n```\n\n"
        "--------------------------------\n\n"
    )
    assert data(answer)["version"] == "3.0"
    assert data(answer)["crawled"] == "2026-11-20"
    assert data(answer)["snippets"][0] == {
        "title": "Guide > JSON",
        "source_url": "https://docs.example/page#json",
        "language": "python",
        "content": "Return a dict from a view function and it becomes JSON.\n\n```python\nreturn {'name': 'x'}\n```",
    }
    passages = parse_docs_text(said(answer)).items
    assert [(one.title, one.source_url, one.content) for one in passages] == [
        (one["title"], one["source_url"], one["content"]) for one in data(answer)["snippets"]
    ]
    assert answer.meta
    facts = answer.meta["lectern/snippets"]
    assert [len(facts), facts[0]["anchors"], facts[0]["version"]] == [len(passages), ["json"], "3.0"]
    assert {tuple(one) for one in facts} == {
        ("version", "content_type", "anchors", "tokens", "score", "hash", "verbatim", "fetched_at", "also_at")
    }


async def test_the_same_content_elsewhere_is_said_once(asking: Client) -> None:
    answer = await ask(asking, "/pallets/flask", "return JSON from a view")

    contents = [snippet["content"] for snippet in data(answer)["snippets"]]
    assert len(contents) == len(set(contents)) == len(NEW) - 1


async def test_copies_take_no_places_and_their_addresses_stand_with_the_one_that_is_shown(
    settings: IngestSettings, embedder: Embedder
) -> None:
    notice = "A session is signed with a secret key, which every worker must know before it starts."
    pages = [f"https://docs.example/page{at}" for at in range(70)]
    copies = [chunk("Sessions", notice, url=url) for url in pages]
    other = chunk("Workers", "Each worker reads how long a session lasts from its own settings.")
    async with open_stores(settings, "tests") as stores:
        await publish_chunks(stores, embedder, Library("/test/copies", "Copies"), "1", [*copies, other])
    async with in_memory(settings) as client:
        answer = await ask(client, "/test/copies", "signed with a secret key")

    assert [snippet["title"] for snippet in data(answer)["snippets"]] == [
        "Guide > Sessions",
        "Guide > Workers",
    ]
    assert answer.meta
    [shown, alone] = answer.meta["lectern/snippets"]
    source = data(answer)["snippets"][0]["source_url"]
    also = [f"{url}#sessions" for url in pages if f"{url}#sessions" != source][:MOST_COPIES]
    assert (shown["also_at"], alone["also_at"]) == (also, [])


@pytest.mark.parametrize("library_id", ["/pallets/flask/2.2", "/pallets/flask@2.2"])
async def test_a_pinned_version_answers_from_itself(asking: Client, library_id: str) -> None:
    answer = await ask(asking, library_id, "return JSON from a view")

    assert (data(answer)["version"], data(answer)["asked_version"]) == ("2.2", None)
    assert "jsonify" in data(answer)["snippets"][0]["content"]
    assert "becomes JSON" not in said(answer)


async def test_an_answer_says_which_version_was_asked_for_where_it_is_called_otherwise(
    asking: Client,
) -> None:
    for _ in ("made", "from the cache"):
        answer = await ask(asking, "/pallets/flask/latest", "return JSON from a view")

        assert (data(answer)["version"], data(answer)["asked_version"]) == ("3.0", "latest")
    assert data(await ask(asking, "/pallets/flask", "return JSON from a view"))["asked_version"] is None


async def test_the_day_that_is_told_is_that_of_the_last_confirmation_also_from_the_cache(
    client: Client, settings: IngestSettings
) -> None:
    days = [data(await ask(client, "/pallets/flask", "return JSON from a view"))["crawled"]]
    async with open_stores(settings, "tests") as stores:
        await (await stores.database()).rows("UPDATE crawls SET finished_at = '2026-11-24 12:00Z'")
    days.append(data(await ask(client, "/pallets/flask", "return JSON from a view"))["crawled"])

    assert days == ["2026-11-20", "2026-11-24"]


async def test_a_version_that_is_not_there_is_named_with_those_that_are(asking: Client) -> None:
    answer = await ask(asking, "/pallets/flask/9.9", "return JSON")

    assert not answer.is_error
    assert said(answer) == (
        "There is no version 9.9 of /pallets/flask here. Available: 3.0, 2.2. "
        "Pin one as /pallets/flask/3.0, or ask /pallets/flask for the default version."
    )
    assert data(answer) == {
        "library_id": "/pallets/flask",
        "version": "9.9",
        "asked_version": None,
        "crawled": None,
        "snippets": [],
        "tokens": 0,
        "next_cursor": None,
        "partial": False,
        "message": said(answer),
    }


async def test_a_cursor_leads_on_and_one_of_another_question_is_told(
    client: Client, settings: IngestSettings, embedder: Embedder
) -> None:
    async with open_stores(settings, "tests") as stores:
        await publish_chunks(stores, embedder, Library("/test/rooms", "Rooms"), "1", ROOMS)
    asked = {"libraryId": "/test/rooms", "query": "sessions", "tokens": 500}
    told = await client.call_tool("query-docs", asked)
    first = data(told)
    assert parse_docs_text(said(told)).next_cursor == first["next_cursor"]
    on = asked | {"cursor": first["next_cursor"]}
    second = data(await client.call_tool("query-docs", on))
    read, more = ({snippet["content"] for snippet in answer["snippets"]} for answer in (first, second))
    stale = await client.call_tool("query-docs", on | {"query": "other"})

    assert read
    assert more
    assert not read & more
    assert not stale.is_error
    assert said(stale).startswith("This cursor belongs to another query")


async def test_an_unknown_library_is_told_with_near_matches(asking: Client) -> None:
    answer = await ask(asking, "/palets/flask", "return JSON")

    assert not answer.is_error
    assert said(answer).startswith("There is no library /palets/flask here. Did you mean /pallets/flask")
    assert data(answer)["snippets"] == []


async def test_a_library_without_documentation_says_how_to_get_it(asking: Client) -> None:
    answer = await ask(asking, "/mongodb/docs", "find a document")
    resolved = await asking.call_tool("resolve-library-id", {"query": "x", "libraryName": "MongoDB"})

    assert "ingest crawl /mongodb/docs" in said(answer)
    assert "ingest crawl /mongodb/docs" in said(resolved)
    assert data(resolved) == {"libraries": [], "not_indexed": ["/mongodb/docs"], "message": said(resolved)}


async def test_a_library_that_is_only_known_says_how_to_crawl_it_though_others_are_alike(
    client: Client, settings: IngestSettings
) -> None:
    async with open_stores(settings, "tests") as stores:
        catalogue = Catalogue(await stores.database())
        await catalogue.make_known(
            [FLASK, Library("/encode/flask-tool", "Flask Tool", packages=("ft",))], "1"
        )

    for name in ("Flask Tool", "flask-tool 2.0", "ft", "https://github.com/encode/flask-tool"):
        resolved = await client.call_tool("resolve-library-id", {"query": "x", "libraryName": name})
        assert said(resolved).endswith(
            "is /encode/flask-tool, but its documentation is not indexed yet: "
            "run `ingest crawl /encode/flask-tool`."
        )
        assert data(resolved) == {
            "libraries": [],
            "not_indexed": ["/encode/flask-tool"],
            "message": said(resolved),
        }

    for name in ("Flask", "Flask Tools", "flask too"):
        resolved = await client.call_tool("resolve-library-id", {"query": "x", "libraryName": name})
        assert "ingest" not in said(resolved)
        assert data(resolved)["libraries"][0]["id"] != "/encode/flask-tool"


async def test_a_slip_in_the_name_of_what_is_only_known_says_what_may_be_meant(
    client: Client, settings: IngestSettings
) -> None:
    async with open_stores(settings, "tests") as stores:
        await Catalogue(await stores.database()).make_known([Library("/django/django", "Django")], "1")

    resolved = await client.call_tool("resolve-library-id", {"query": "x", "libraryName": "djnago"})

    assert said(resolved) == (
        "No library here matches 'djnago'. If /django/django is meant, its documentation is not "
        "indexed yet: run `ingest crawl /django/django`."
    )
    assert data(resolved) == {"libraries": [], "not_indexed": ["/django/django"], "message": said(resolved)}


async def test_a_version_in_the_name_or_the_question_is_listed_first_and_told_apart(asking: Client) -> None:
    for name, question in (("flask 2.2", "x"), ("Flask@2", "x"), ("flask", "sessions in Flask 2.2")):
        resolved = await asking.call_tool("resolve-library-id", {"query": question, "libraryName": name})
        best = data(resolved)["libraries"][0]
        assert "- Versions: 2.2, 3.0\n" in said(resolved)
        assert (best["id"], best["pinned_version"], best["default_version"]) == (
            "/pallets/flask",
            "2.2",
            "3.0",
        )

    resolved = await asking.call_tool("resolve-library-id", {"query": "x", "libraryName": "flask 4"})
    best = data(resolved)["libraries"][0]
    assert "- Versions: 3.0, 2.2\n" in said(resolved)
    assert (best["asked_version"], best["pinned_version"]) == ("4", None)


async def test_an_exact_name_beats_a_popular_likeness(asking: Client) -> None:
    for name in ("Flask", "flask 3", "FLASK2", "/pallets/flask", "/pallets/flask/2.2"):
        resolved = await asking.call_tool("resolve-library-id", {"query": "x", "libraryName": name})

        assert data(resolved)["libraries"][0]["id"] == "/pallets/flask", name


async def test_nothing_by_that_name_is_one_plain_sentence_or_two(asking: Client) -> None:
    resolved = await asking.call_tool("resolve-library-id", {"query": "x", "libraryName": "qqqqzzzz"})

    assert (
        said(resolved)
        == "No library matches 'qqqqzzzz'. Try its usual name, or the name of its project or vendor."
    )
    assert data(resolved) == {"libraries": [], "not_indexed": [], "message": said(resolved)}


async def test_a_wish_for_tokens_that_is_no_number_is_told(asking: Client) -> None:
    asked = {"libraryId": "/pallets/flask", "query": "sessions", "tokens": "many"}
    answer = await asking.call_tool("query-docs", asked)

    assert answer.is_error
    assert said(answer).endswith("`tokens` must be a number, as in 3000, not `many`")


async def test_any_token_wish_gives_an_answer_within_a_sensible_budget(asking: Client) -> None:
    for tokens in (0, -1, 1, 10**9, "2000", "", None, 12.5):
        answer = await asking.call_tool(
            "query-docs", {"libraryId": "/pallets/flask", "query": "sessions", "tokens": tokens}
        )

        assert not answer.is_error
        assert data(answer)["snippets"]
        assert data(answer)["tokens"] <= 20_000


async def test_questions_of_any_length_and_language_are_answered(asking: Client) -> None:
    for question in (
        "how do I return JSON? " * 5000,
        "ビューからJSONを返すには",
        "wie gebe ich JSON zurück",
        "🚀",
        "-:*()'",
    ):
        answer = await ask(asking, "/pallets/flask", question)

        assert not answer.is_error
        assert data(answer)["snippets"]


DAMAGES: tuple[Callable[[dict[str, Any]], str], ...] = (
    lambda kept: "no JSON",
    lambda kept: json.dumps([kept]),
    lambda kept: json.dumps(kept | {"snippets": [{"title": "half of one"}]}),
    lambda kept: json.dumps(kept | {"tokens": "many"}),
    lambda kept: json.dumps(kept | {"facts": ["none"]}),
    lambda kept: json.dumps({name: value for name, value in kept.items() if name != "facts"}),
)


async def test_what_is_damaged_in_the_cache_is_answered_anew(client: Client, redis: Redis) -> None:
    first = await ask(client, "/pallets/flask", "sessions")
    [key] = [key async for key in redis.scan_iter("docs:query:/pallets/flask:*")]
    whole = json.loads(await redis.get(key) or "")
    for damage in DAMAGES:
        await redis.set(key, damage(whole))

        again = await ask(client, "/pallets/flask", "sessions")

        assert (said(again), data(again), again.meta) == (said(first), data(first), first.meta)


async def test_a_repeated_question_is_answered_from_the_cache_until_a_publish_or_another_model(
    client: Client, settings: IngestSettings, embedder: Embedder, redis: Redis, tmp_path: Path
) -> None:
    first = await ask(client, "/pallets/flask", "sessions")
    [key] = [key async for key in redis.scan_iter("docs:query:/pallets/flask:*")]
    kept = json.loads(await redis.get(key) or "")
    assert kept["ttl"] == 3600
    assert 0 < await redis.ttl(key) <= 3600
    kept["snippets"][0]["content"] = "from the cache \ud800"
    await redis.set(key, json.dumps(kept))

    again = await ask(client, "/pallets/flask", "  sessions\n")
    assert data(again)["snippets"][0]["content"].startswith("from the cache ")
    assert "\ud800" not in said(again)

    write_word_model(tmp_path / "words", 384)
    other = {"embedding_model": "thenlper/gte-base", "embedding_model_path": tmp_path / "words"}
    async with in_memory(replace_settings(settings, **other)) as changed:
        refused = await ask(changed, "/pallets/flask", "sessions")
    assert refused.is_error
    assert "was indexed with" in said(refused)

    async with open_stores(settings, "tests") as stores:
        await publish_chunks(stores, embedder, FLASK, "3.0", NEW[2:])
    after = await ask(client, "/pallets/flask", "sessions")
    assert data(after)["snippets"][0]["content"] == data(first)["snippets"][0]["content"]


async def test_a_larger_answer_is_not_taken_from_what_was_kept_of_a_smaller_one(
    client: Client, settings: IngestSettings, embedder: Embedder
) -> None:
    async with open_stores(settings, "tests") as stores:
        await publish_chunks(stores, embedder, Library("/test/rooms", "Rooms"), "1", ROOMS)
    asked = {"libraryId": "/test/rooms", "query": "sessions"}
    small = data(await client.call_tool("query-docs", asked | {"tokens": 500}))
    large = data(await client.call_tool("query-docs", asked | {"tokens": 5000}))

    assert len(small["snippets"]) < len(large["snippets"]) == len(ROOMS)


async def test_a_resolution_is_kept_with_its_confidence_until_the_catalogue_changes(
    client: Client, settings: IngestSettings, redis: Redis
) -> None:
    await client.call_tool("resolve-library-id", {"query": "x", "libraryName": "flask"})
    [key] = [key async for key in redis.scan_iter("library:resolve:*")]
    kept = json.loads(await redis.get(key) or "")
    assert (kept["libraryId"], kept["confidence"]) == ("/pallets/flask", 0.95)
    assert 0 < await redis.ttl(key) <= 3600

    async with open_stores(settings, "tests") as stores:
        await Catalogue(await stores.database()).put(replace(FLASK, description="A web framework."))
    resolved = await client.call_tool("resolve-library-id", {"query": "x", "libraryName": "flask"})
    assert data(resolved)["libraries"][0]["description"] == "A web framework."


async def test_without_redis_answers_go_on(settings: IngestSettings, tmp_path: Path) -> None:
    away = replace_settings(settings, redis_url=f"unix://{tmp_path}/nothing.sock")
    async with in_memory(away) as client:
        answer = await ask(client, "/pallets/flask", "sessions")

    assert data(answer)["snippets"]


async def test_an_index_of_another_model_is_refused_with_what_to_do(
    settings: IngestSettings, client: Client
) -> None:
    async with open_stores(settings, "tests") as stores:
        await (await stores.database()).rows("UPDATE generations SET fingerprint = 'other'")
    answer = await ask(client, "/pallets/flask", "sessions")

    assert answer.is_error
    assert "ingest reindex /pallets/flask" in said(answer)


async def test_a_model_that_is_exchanged_beside_a_running_server_is_found(
    make_settings: Callable[..., IngestSettings], tmp_path: Path
) -> None:
    chosen = make_settings(embedding_model="thenlper/gte-base", embedding_model_path=tmp_path / "words")
    async with open_stores(chosen, "tests") as stores, in_memory(chosen) as client:
        for dimension in (768, 384):
            shutil.rmtree(tmp_path / "words", ignore_errors=True)
            embedder = Embedder(word_model(tmp_path / "words", dimension))
            await publish_chunks(stores, embedder, FLASK, "3.0", NEW)
            assert data(await ask(client, FLASK.id, "sessions"))["snippets"]


async def test_a_missing_model_is_told_with_what_to_do(settings: IngestSettings, tmp_path: Path) -> None:
    async with in_memory(replace_settings(settings, embedding_model_path=tmp_path / "none")) as client:
        answer = await ask(client, "/pallets/flask", "sessions")
        resolved = await client.call_tool("resolve-library-id", {"query": "x", "libraryName": "flask"})

    assert answer.is_error
    assert "LECTERN_EMBEDDING_MODEL_PATH" in said(answer)
    assert not resolved.is_error


async def test_an_index_that_is_gone_is_told_with_what_to_do(
    settings: IngestSettings, client: Client
) -> None:
    async with open_stores(settings, "tests") as stores:
        await (await stores.database()).rows("UPDATE generations SET index_name = index_name || '-gone'")
    answer = await ask(client, "/pallets/flask", "sessions")

    assert answer.is_error
    assert "ingest reindex" in said(answer)


async def test_a_cross_encoder_reads_the_best_passages_again_where_its_weights_are(
    settings: IngestSettings, tmp_path: Path
) -> None:
    question = "return JSON from a view function"
    write_cross_encoder(tmp_path / "model", "session")
    asked = replace_settings(settings, reranker=NAME, reranker_path=tmp_path / "model")
    absent = replace_settings(settings, reranker=NAME, reranker_path=tmp_path / "none")
    firsts = []
    for made in (settings, asked, absent):
        async with in_memory(made) as client:
            answer = await ask(client, "/pallets/flask", question)
            firsts.append(answer.structured_content["snippets"][0]["content"])

    assert firsts[0] == firsts[2] != firsts[1]
    assert "session" in firsts[1]


@pytest.mark.parametrize(("log_queries", "kept"), [(False, None), (True, "sessions")])
async def test_every_call_leaves_one_usage_record(
    settings: IngestSettings, log_queries: bool, kept: str | None
) -> None:
    began = datetime.now(UTC)
    async with in_memory(replace_settings(settings, log_queries=log_queries)) as client:
        answer = await ask(client, "/pallets/flask", "sessions")
        found = await client.call_tool("resolve-library-id", {"query": "sessions", "libraryName": "flask"})
        await ask(client, "no id", "sessions")

    async with open_stores(settings, "tests") as stores:
        rows = await (await stores.database()).rows("SELECT * FROM usage_logs ORDER BY created_at")
    assert [(row["tool_name"], row["library_id"]) for row in rows] == [
        ("query-docs", "/pallets/flask"),
        ("resolve-library-id", "/pallets/flask"),
        ("query-docs", None),
    ]
    assert rows[0]["tokens_returned"] == data(answer)["tokens"] == cost(said(answer)) > 0
    assert rows[1]["tokens_returned"] == cost(said(found)) > 0
    assert {row["query"] for row in rows} == {kept}
    assert all(row["response_time_ms"] >= 0 for row in rows)
    assert all(
        before["created_at"] < after["created_at"]
        for before, after in pairwise([{"created_at": began}, *rows])
    )


@pytest.mark.slow
async def test_answers_are_never_mixed_or_refused_while_the_library_is_published_again(
    settings: IngestSettings, embedder: Embedder
) -> None:
    def edition(number: int) -> list[Chunk]:
        topics = ["sessions", "templates", "blueprints", "testing", "signals", "errors"]
        return [chunk(topic, f"About {topic}, edition {number}.") for topic in topics]

    published, editions = anyio.Event(), []

    async def keep_asking(editor: Client, name: str) -> None:
        count = 0
        while not published.is_set():
            count += 1
            answer = await ask(
                editor, "/pallets/flask/4.0", f"what about sessions, {name} asks for the {count}th time"
            )
            contents = [snippet["content"] for snippet in data(answer)["snippets"]]
            assert len(contents) == 6
            [edition_seen] = {content.rpartition(" ")[2] for content in contents}
            editions.append(edition_seen)

    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(settings, "tests"))
        await publish_chunks(stores, embedder, FLASK, "4.0", edition(0))
        editors = [await stack.enter_async_context(over_stdio(settings)) for _ in range(3)]
        async with anyio.create_task_group() as asking:
            for number, editor in enumerate(editors):
                asking.start_soon(keep_asking, editor, f"editor {number}")
            for number in range(1, 7):
                await publish_chunks(stores, embedder, FLASK, "4.0", edition(number))
            published.set()

    assert len(set(editions)) > 1


@pytest.fixture
async def redis(settings: IngestSettings) -> AsyncIterator[Redis]:
    """The cache the server uses, emptied."""
    assert settings.redis_url
    async with Redis.from_url(settings.redis_url.get_secret_value(), decode_responses=True) as client:
        await client.flushdb()
        yield client
