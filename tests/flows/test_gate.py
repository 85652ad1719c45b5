"""Who may ask, how often and about what, as clients of a server see it."""

import asyncio
import secrets
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from mcp import Client, MCPError
from mcp.types import PromptReference, ResourceTemplateReference

from mcp_server import callers
from mcp_server.backing import Backing
from mcp_server.credentials import FILE
from mcp_server.http import streams
from mcp_server.resources import attach
from shared.accounts.counters import Counters
from shared.accounts.emails import address
from shared.accounts.keys import Minted, mint
from shared.accounts.rules.groups import Groups
from shared.accounts.rules.store import AccessRules, Subject
from shared.accounts.store import Accounts
from shared.embedding.embedder import Embedder
from shared.errors import DatabaseUnavailable
from shared.model.account import Limits, Principal
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import Stores, open_stores
from tests.flows.asking import ask, data, in_memory, over_stdio, replace_settings, said
from tests.flows.published import chunk, publish_chunks
from tests.flows.server_process import COMMAND, environment

pytestmark = pytest.mark.anyio

LAMPS = Library("/test/lamps", "Lamps", aliases=("luminaires",))
LANTERNS = Library("/test/lanterns", "Lanterns")
OIL = "https://docs.example/oil"
PAGE = [chunk("Filling", "Fill the lamp with oil.", url=OIL), chunk("Lighting", "Light the wick.", url=OIL)]
EMPTY: dict[str, Any] = {
    "name": None,
    "quota_requests_per_minute": 60,
    "quota_requests_per_day": 10_000,
    "expires_at": None,
    "libraries": None,
}


@pytest.fixture
async def settings(make_settings: Callable[..., IngestSettings], embedder: Embedder) -> IngestSettings:
    made = make_settings(embedding_model_path=embedder.model.directory, require_api_key="auto")
    async with open_stores(made, "tests") as stores:
        for library in (LAMPS, LANTERNS):
            await publish_chunks(stores, embedder, library, "1.0", PAGE)
    return made


class Operator:
    """What `lectern-admin` does."""

    def __init__(self, stores: Stores, accounts: Accounts) -> None:
        self.stores, self.accounts = stores, accounts

    async def key(self, email: str = "ada@example.org", **given: Any) -> tuple[Minted, dict[str, Any]]:
        wanted = address(email)
        known = [row for row in await self.accounts.users() if row["email"] == wanted.email]
        user = known[0] if known else await self.accounts.add_user(wanted, None)
        minted = mint(secrets.token_bytes)
        return minted, await self.accounts.create_key(user["id"], minted, EMPTY | given)

    async def rows(self) -> list[dict[str, Any]]:
        database = await self.stores.database()
        return await database.rows("SELECT * FROM usage_logs ORDER BY created_at")


@pytest.fixture
async def operator(settings: IngestSettings) -> AsyncIterator[Operator]:
    async with open_stores(settings, "tests") as stores:
        yield Operator(stores, Accounts(await stores.database()))


@asynccontextmanager
async def client(settings: IngestSettings, key: str | None, **more: Any) -> AsyncIterator[Client]:
    async with in_memory(replace_settings(settings, api_key=key, **more)) as connected:
        yield connected


def refused(result: Any) -> dict[str, Any]:
    assert result.is_error
    content: dict[str, Any] = result.structured_content
    return content


async def test_a_key_is_required_where_the_database_is_a_server_and_a_good_one_is_answered(
    settings: IngestSettings, operator: Operator
) -> None:
    async with client(settings, None) as stranger:
        result = await ask(stranger, "/test/lamps", "how do I fill it")
        assert refused(result) == {"refused_by": "key", "limit": None, "retry_after_seconds": None}
        assert "LECTERN_API_KEY" in said(result)
    minted, row = await operator.key()
    async with client(settings, minted.key) as known:
        assert data(await ask(known, "/test/lamps", "how do I fill it"))["snippets"]
    usage = [row for row in await operator.rows() if row["api_key_id"]]
    assert [(one["api_key_id"], one["user_id"], one["outcome"]) for one in usage] == [
        (row["id"], row["user_id"], "answered")
    ]


NO_KEY = [
    ("", "empty"),
    ("sk-proj-0123456789", "begin with lect_"),
    ("lect_short", "incomplete or damaged"),
    ("lect_" + "a" * 49, "checksum"),
]


@pytest.mark.parametrize(("key", "told"), NO_KEY[1:])
async def test_a_bad_key_is_refused_even_where_none_is_required_and_never_shown(
    settings: IngestSettings, key: str, told: str
) -> None:
    async with client(settings, key, require_api_key="off") as stranger:
        result = await ask(stranger, "/test/lamps", "how do I fill it")
    assert refused(result)["refused_by"] == "key"
    assert told in said(result)
    assert key not in said(result)


ENDED = [
    ("revoke", "key"),
    ("expire", "key"),
    ("disable", "user"),
    ("remove", "key"),
]


@pytest.mark.parametrize(("how", "by"), ENDED)
async def test_a_key_that_ends_ends_soon_while_its_server_runs(
    settings: IngestSettings, operator: Operator, monkeypatch: pytest.MonkeyPatch, how: str, by: str
) -> None:
    monkeypatch.setattr(callers, "KNOWN_SECONDS", 0.0)
    minted, row = await operator.key()
    async with client(settings, minted.key) as known:
        assert data(await ask(known, "/test/lamps", "how do I fill it"))
        match how:
            case "revoke":
                await operator.accounts.revoke_key(row["id"])
            case "expire":
                await operator.accounts.set_key(row["id"], {"expires_at": datetime.now(UTC)})
            case "disable":
                await operator.accounts.set_disabled(row["user_id"], disabled=True)
            case "remove":
                await operator.accounts.remove_user(row["user_id"])
        assert refused(await ask(known, "/test/lamps", "how do I fill it"))["refused_by"] == by
        assert refused(await ask(known, "/test/lamps", "how do I fill it"))["refused_by"] == by
        with pytest.raises(MCPError) as read:
            await known.read_resource("lectern://library/test/lamps")
        assert read.value.error.data["refused_by"] == by
        with pytest.raises(MCPError):
            await known.get_prompt("answer-with-current-docs", {"library": "Lamps", "question": "How?"})
        assert (await known.list_resources()).resources == []
        ref = PromptReference(name="answer-with-current-docs")
        assert (await known.complete(ref, {"name": "library", "value": "l"})).completion.values == []
    denied = [one for one in await operator.rows() if one["refused_by"] == by]
    assert {one["api_key_id"] for one in denied} == {row["id"]}
    assert {one["user_id"] for one in denied} == {row["user_id"]}


def test_a_key_that_ends_is_refused_and_its_streams_are_closed_within_thirty_seconds() -> None:
    assert (callers.KNOWN_SECONDS + streams.LOOK_SECONDS, callers.REFUSED_SECONDS) == (30, 5)


async def test_the_minute_is_the_keys_and_the_month_the_users(
    settings: IngestSettings, operator: Operator
) -> None:
    first, row = await operator.key(quota_requests_per_minute=3)
    second, _ = await operator.key()
    await operator.accounts.set_limits(row["user_id"], {"month_requests": 5}, clear=False)
    async with client(settings, first.key) as one, client(settings, second.key) as two:
        for _ in range(3):
            assert data(await ask(one, "/test/lamps", "how do I fill it"))
        denied = refused(await ask(one, "/test/lamps", "how do I fill it"))
        assert (denied["refused_by"], denied["limit"]) == ("minute", 3)
        assert 0 < denied["retry_after_seconds"] <= 60
        for _ in range(2):
            assert data(await ask(two, "/test/lamps", "how do I fill it"))
        denied = refused(await ask(two, "/test/lamps", "how do I fill it"))
        assert (denied["refused_by"], denied["limit"]) == ("month_requests", 5)


async def test_what_counts_is_tools_and_reads_and_completions_in_the_minute_alone(
    settings: IngestSettings, operator: Operator
) -> None:
    minted, row = await operator.key(quota_requests_per_minute=7)
    async with client(settings, minted.key) as one:
        await one.list_tools()
        await one.list_resources()
        await one.get_prompt("answer-with-current-docs", {"library": "Lamps", "question": "How?"})
        await ask(one, "/test/lamps", "how do I fill it")
        await ask(one, "/test/nothing", "how do I fill it")
        await one.call_tool("resolve-library-id", {"query": "x", "libraryName": "lamps"})
        await one.read_resource("lectern://library/test/lamps")
        for typed in "lam":
            await one.complete(ResourceTemplateReference(uri=attach.LIBRARY), {"name": "org", "value": typed})
        assert refused(await ask(one, "/test/lamps", "how do I fill it"))["refused_by"] == "minute"
    since = await operator.accounts.used_since(row["id"], datetime.now(UTC) - timedelta(hours=1))
    assert (since["key_requests"], since["user_requests"]) == (4, 4)
    assert since["user_tokens"] > 0


async def test_what_calls_leave_in_the_counters(settings: IngestSettings, operator: Operator) -> None:
    minted, row = await operator.key()
    await operator.accounts.set_limits(row["user_id"], {"concurrent": 3}, clear=False)
    async with client(settings, minted.key) as one:
        await ask(one, "/test/lamps", "how do I fill it")
        await ask(one, "/test/nothing", "how do I fill it")
        await one.get_prompt("answer-with-current-docs", {"library": "Lamps", "question": "How?"})
        await one.complete(ResourceTemplateReference(uri=attach.LIBRARY), {"name": "org", "value": "t"})
    counters = Counters(operator.stores.counters_url)
    used = await counters.used(Principal(row["user_id"], row["id"], Limits(minute=60, day=60, concurrent=3)))
    await counters.close()
    since = await operator.accounts.used_since(row["id"], used.month_ends - timedelta(days=40))
    counted = since["key_requests"], since["user_requests"], since["user_tokens"]
    assert (used.minute, used.concurrent) == (3, 0)
    assert (used.day, used.month_requests, used.month_tokens) == counted
    assert since["key_requests"] == 2
    assert since["user_tokens"] > 0


async def test_a_call_of_a_process_that_is_killed_keeps_its_place_until_its_time_would_be_over(
    settings: IngestSettings, operator: Operator, engines: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis.asyncio import Redis

    monkeypatch.setattr(Backing, "release_soon", lambda *given, **more: None)
    minted, row = await operator.key()
    await operator.accounts.set_limits(row["user_id"], {"concurrent": 1}, clear=False)
    before = datetime.now(UTC).timestamp()
    async with client(settings, minted.key, tool_timeout=500) as one:
        assert data(await ask(one, "/test/lamps", "how do I fill it"))
        assert refused(await ask(one, "/test/lamps", "how do I fill it"))["refused_by"] == "concurrent"
    async with Redis.from_url(engines[1]) as redis:
        name = f"rate_limit:{row['user_id']}:concurrent{{{row['user_id']}}}"
        [place] = await redis.zrange(name, 0, -1)
        assert isinstance(place, bytes)
        until = await redis.zscore(name, place)
    assert until
    assert 505 <= until / 1e6 - before < 600


async def test_a_call_that_fails_is_given_back(
    settings: IngestSettings, operator: Operator, tmp_path: Path
) -> None:
    minted, _ = await operator.key(quota_requests_per_day=2)
    broken = replace_settings(settings, embedding_model_path=tmp_path)
    async with client(broken, minted.key) as one:
        for _ in range(4):
            result = await ask(one, "/test/lamps", "how do I fill it")
            assert result.is_error
            assert result.structured_content is None
            await asyncio.sleep(0.1)
    assert {row["outcome"] for row in await operator.rows()} == {"failed"}


async def test_counters_that_were_lost_are_counted_again_from_usage(
    settings: IngestSettings, operator: Operator, engines: tuple[str, str]
) -> None:
    from redis.asyncio import Redis

    minted, row = await operator.key(quota_requests_per_day=3)
    async with client(settings, minted.key) as one:
        for _ in range(2):
            assert data(await ask(one, "/test/lamps", "how do I fill it"))
    async with Redis.from_url(engines[1]) as redis:
        await redis.delete(*[name async for name in redis.scan_iter(f"rate_limit:*{row['user_id']}*")])
    async with client(settings, minted.key) as one:
        assert data(await ask(one, "/test/lamps", "how do I fill it"))
        assert refused(await ask(one, "/test/lamps", "how do I fill it"))["refused_by"] == "day"


async def test_a_month_that_was_lost_is_counted_again_from_all_keys_of_the_user(
    settings: IngestSettings, operator: Operator, engines: tuple[str, str]
) -> None:
    from redis.asyncio import Redis

    (first, row), (second, _) = await operator.key(), await operator.key()
    await operator.accounts.set_limits(row["user_id"], {"month_requests": 3}, clear=False)
    async with client(settings, first.key) as one:
        for _ in range(2):
            assert data(await ask(one, "/test/lamps", "how do I fill it"))
    async with Redis.from_url(engines[1]) as redis:
        await redis.delete(*[name async for name in redis.scan_iter(f"rate_limit:*{row['user_id']}*")])
    async with client(settings, second.key) as one:
        assert data(await ask(one, "/test/lamps", "how do I fill it"))
        assert refused(await ask(one, "/test/lamps", "how do I fill it"))["refused_by"] == "month_requests"


@pytest.mark.parametrize(("choice", "answered"), [("refuse", False), ("allow", True)])
async def test_while_limits_cannot_be_counted_calls_are_refused_or_allowed_as_is_chosen_and_it_is_said_once(
    settings: IngestSettings,
    operator: Operator,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    choice: str,
    answered: bool,
) -> None:
    minted, _ = await operator.key()
    nowhere = f"unix://{tmp_path}/nobody.sock"
    async with client(settings, minted.key, limits_redis_url=nowhere, limits_on_failure=choice) as one:
        for _ in range(3):
            result = await ask(one, "/test/lamps", "how do I fill it")
            assert result.is_error != answered
            if not answered:
                assert refused(result)["refused_by"] == "unavailable"
    assert len([1 for record in caplog.records if "limits cannot be counted" in record.message]) == 1


async def test_no_key_asks_no_redis_for_a_limit(settings: IngestSettings, tmp_path: Path) -> None:
    nowhere = f"unix://{tmp_path}/nobody.sock"
    async with client(settings, None, require_api_key="off", limits_redis_url=nowhere) as one:
        assert data(await ask(one, "/test/lamps", "how do I fill it"))


@pytest.fixture
async def without_lamps(
    make_settings: Callable[..., IngestSettings], other_database_url: str, embedder: Embedder, tmp_path: Path
) -> IngestSettings:
    """A server where the lamps were never added."""
    made = make_settings(
        home=tmp_path / "other",
        database_url=other_database_url,
        embedding_model_path=embedder.model.directory,
    )
    async with open_stores(made, "tests") as stores:
        await publish_chunks(stores, embedder, LANTERNS, "1.0", PAGE)
    return made


async def everything_about(client: Client, library: str, cursor: str) -> list[str]:
    """What every way in says of a library, its ids and names."""
    org, project = library.split("/")[1:]
    told: list[Any] = [
        await client.call_tool("query-docs", {"libraryId": name, "query": "how do I fill it"})
        for name in (library, f"{library}/1.0", f"{library}/9", library.upper(), f"{library}s")
    ]
    told.append(
        await client.call_tool(
            "query-docs", {"libraryId": library, "query": "how do I fill it", "cursor": cursor}
        )
    )
    told += [
        await client.call_tool("resolve-library-id", {"query": "how do I fill it", "libraryName": name})
        for name in (
            project,
            "Lamps",
            "luminaires",
            "lmaps",
            "lamp",
            "lant",
            library,
            "test lamps",
            "light oil",
        )
    ]
    for uri in (
        f"lectern://library{library}",
        f"lectern://library{library}/1.0",
        f"lectern://page{library}/1.0?url={OIL}",
    ):
        with pytest.raises(MCPError) as refused_:
            await client.read_resource(uri)
        told.append(refused_.value.error)
    for template, argument, typed, known in (
        (attach.LIBRARY, "org", "te", {}),
        (attach.LIBRARY, "project", "", {"org": org}),
        (attach.VERSION, "version", "", {"org": org, "project": project}),
        (attach.PAGE, "url", "", {"org": org, "project": project, "version": "1.0"}),
    ):
        ref = ResourceTemplateReference(uri=template)
        told.append(await client.complete(ref, {"name": argument, "value": typed}, context_arguments=known))
    told.append(await client.list_resources())
    return [one.model_dump_json() for one in told]


@dataclass(frozen=True, slots=True)
class Limited:
    """What keeps ada from the lamps, and not eve: her key, or rules (hers first, then everyone's) and a posture."""

    libraries: list[str] | None = None
    hers: tuple[tuple[str, bool], ...] = ()
    everyones: tuple[tuple[str, bool], ...] = ()
    is_closed: bool = False


LIMITED = [
    Limited(libraries=["/test/lanterns"]),
    Limited(libraries=["/test/lanterns", "/other/*"]),
    Limited(hers=(("/test/lamps", False),)),
    Limited(hers=(("/test/*", False), ("/test/lanterns", True)), everyones=(("/test/*", True),)),
    Limited(hers=(("/test/lanterns", True),), is_closed=True),
    Limited(
        libraries=["/test/*"], hers=(("/test/lamps", False),), everyones=(("/test/*", True),), is_closed=True
    ),
]


@pytest.mark.parametrize("limits", LIMITED, ids=range(len(LIMITED)))
async def test_a_library_that_may_not_be_read_is_byte_for_byte_one_that_was_never_added(
    settings: IngestSettings, operator: Operator, without_lamps: IngestSettings, limits: Limited
) -> None:
    minted, row = await operator.key(libraries=limits.libraries)
    free, her = await operator.key("eve@example.org")
    rules = AccessRules(await operator.stores.database())
    await rules.set_closed(is_closed=limits.is_closed)
    for target, is_allowed in limits.hers:
        await rules.put(target, Subject(row["user_id"]), is_allowed=is_allowed)
    for target, is_allowed in limits.everyones:
        await rules.put(target, Subject(), is_allowed=is_allowed)
    if limits.is_closed:
        await rules.put("/test/*", Subject(her["user_id"]), is_allowed=True)
    async with client(settings, free.key) as anybody:  # fills the cache that both use
        seen = await ask(anybody, "/test/lamps", "how do I fill it")
        assert data(seen)["snippets"]
        cursor = data(seen)["next_cursor"] or "1.x"
        await everything_resolved(anybody)
    async with client(settings, minted.key) as limited, client(without_lamps, None) as stranger:
        assert await everything_about(limited, "/test/lamps", cursor) == await everything_about(
            stranger, "/test/lamps", cursor
        )
        assert data(await ask(limited, "/test/lanterns", "how do I fill it"))["snippets"]
    rows = [row for row in await operator.rows() if row["library_id"] == "/test/lamps" and row["user_id"]]
    hidden = [row for row in rows if row["refused_by"]]
    assert {(row["outcome"], row["refused_by"]) for row in hidden} == {("missed", "library")}
    assert len(hidden) >= 4
    looked = {row["refused_by"] for row in await operator.rows() if row["tool_name"] == "resolve-library-id"}
    assert looked == {None, "library"}


NAMED = [
    (attach.LIBRARY, "project", "lamps", {"org": "test"}),
    (attach.VERSION, "version", "", {"org": "test", "project": "lamps"}),
    (attach.PAGE, "url", "", {"org": "test", "project": "lamps", "version": "1.0"}),
    (None, "library", "/test/Lamps", {}),
    (None, "library", "/test/Lamps/1", {}),
]
NOT_NAMED = [
    (attach.LIBRARY, "org", "test", {}),
    (attach.LIBRARY, "project", "lamp", {"org": "test"}),
    (attach.VERSION, "version", "", {"org": "test", "project": "lanterns"}),
    (None, "library", "/test/", {}),
    (None, "library", "/test/nothing", {}),
]


async def test_completions_that_name_a_library_that_may_not_be_read_leave_a_row(
    settings: IngestSettings, operator: Operator
) -> None:
    minted, _ = await operator.key(libraries=["/test/lanterns"])
    async with client(settings, minted.key) as limited:
        for template, argument, typed, known in (*NAMED, *NOT_NAMED):
            ref = (
                ResourceTemplateReference(uri=template)
                if template
                else PromptReference(name="answer-with-current-docs")
            )
            await limited.complete(ref, {"name": argument, "value": typed}, context_arguments=known)
    rows = [row for row in await operator.rows() if row["outcome"] == "missed" or row["refused_by"]]
    assert {row["library_id"].lower() for row in rows} == {"/test/lamps"}
    assert {(row["tool_name"], row["outcome"], row["refused_by"]) for row in rows} == {
        ("completion/complete", "missed", "library")
    }
    assert sum(row["repeats"] for row in rows) == len(NAMED)


async def test_without_a_key_the_rules_for_everyone_decide_and_a_key_narrows_what_its_user_may(
    settings: IngestSettings, operator: Operator
) -> None:
    rules = AccessRules(await operator.stores.database())
    narrow, row = await operator.key(libraries=["/test/lamps"])
    wide, _ = await operator.key()
    await rules.put("/test/*", Subject(), is_allowed=False)
    await rules.put("/test/lanterns", Subject(group="makers"), is_allowed=True)
    await Groups(await operator.stores.database()).add("makers", row["user_id"])

    async def readable(key: str | None, **more: Any) -> list[str]:
        async with client(settings, key, **more) as one:
            return [str(found.name) for found in (await one.list_resources()).resources]

    assert await readable(None, require_api_key="off") == []
    assert await readable(None, require_api_key="off", as_operator=True) == ["/test/lamps", "/test/lanterns"]
    assert await readable(wide.key) == ["/test/lanterns"]
    assert await readable(narrow.key) == []
    await rules.clear("/test/*", Subject())
    assert await readable(None, require_api_key="off") == ["/test/lamps", "/test/lanterns"]
    assert await readable(narrow.key) == ["/test/lamps"]


async def test_rules_that_could_not_be_read_are_read_again_before_anything_they_forbid(
    settings: IngestSettings, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await AccessRules(await operator.stores.database()).put("/test/lamps", Subject(), is_allowed=False)
    backing = Backing(replace_settings(settings, require_api_key="off"))
    try:
        with monkeypatch.context() as away:
            away.setattr(backing.callers, "_accounts", _unavailable)
            who = await backing.callers.own()
        assert isinstance(who, Principal)
        catalogue = await backing.catalogue(who.access)
        assert await catalogue.library("/test/lamps") is None
        assert await catalogue.library("/test/lanterns") is not None
        assert "/test/lamps" not in {
            found.name for found in await (await backing.pages(who.access)).most_used(9)
        }
    finally:
        await backing.close()


async def _unavailable() -> Accounts:
    raise DatabaseUnavailable("cannot reach PostgreSQL")


async def test_rules_that_change_hold_for_an_editor_that_is_open(
    settings: IngestSettings, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "KNOWN_SECONDS", 0)
    minted, row = await operator.key()
    rules = AccessRules(await operator.stores.database())
    hers = Subject(row["user_id"])
    async with client(settings, minted.key) as one:
        assert data(await ask(one, "/test/lamps", "how do I fill it"))["snippets"]
        await rules.put("/test/lamps", hers, is_allowed=False)
        assert not data(await ask(one, "/test/lamps", "how do I fill it"))["snippets"]
        await rules.clear("/test/lamps", hers)
        assert data(await ask(one, "/test/lamps", "how do I fill it"))["snippets"]
        await rules.set_closed(is_closed=True)
        assert not data(await ask(one, "/test/lamps", "how do I fill it"))["snippets"]
    told = [(found["outcome"], found["refused_by"]) for found in await operator.rows()]
    assert told == [("answered", None), ("missed", "library")] * 2


async def everything_resolved(client: Client) -> None:
    for name in ("lamps", "Lamps", "luminaires"):
        result = await client.call_tool(
            "resolve-library-id", {"query": "how do I fill it", "libraryName": name}
        )
        assert "/test/lamps" in said(result)


async def test_an_organisation_may_be_read_as_a_whole(settings: IngestSettings, operator: Operator) -> None:
    minted, _ = await operator.key(libraries=["/test/*"])
    async with client(settings, minted.key) as one:
        assert data(await ask(one, "/test/lamps", "how do I fill it"))["snippets"]
        assert len((await one.list_resources()).resources) == 2


async def test_an_answer_says_in_its_row_whether_it_was_cached(
    settings: IngestSettings, operator: Operator
) -> None:
    minted, _ = await operator.key()
    async with client(settings, minted.key) as one:
        for _ in range(2):
            await ask(one, "/test/lamps", "how do I fill it")
            await asyncio.sleep(0.2)  # the cache is written off the path
    assert [row["cached"] for row in await operator.rows()] == [False, True]


def login(home: Path, words: str, key: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *words.split()],
        input=key,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.processes
async def test_a_key_that_was_logged_in_is_used_until_it_is_logged_out(
    settings: IngestSettings, operator: Operator
) -> None:
    minted, row = await operator.key()
    done = login(settings.home, "login --key", f"{minted.key}\n")
    assert (done.returncode, done.stdout) == (0, "")
    path = settings.home / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert minted.key not in done.stderr
    async with over_stdio(settings) as one:
        assert data(await ask(one, "/test/lamps", "how do I fill it"))["snippets"]
    assert UUID(str((await operator.rows())[-1]["api_key_id"])) == row["id"]

    path.chmod(0o644)
    async with over_stdio(settings) as one:
        result = await ask(one, "/test/lamps", "how do I fill it")
        assert f"chmod 600 {path}" in said(result)

    assert login(settings.home, "logout").returncode == 0
    assert not path.exists()
    async with over_stdio(settings) as one:
        assert refused(await ask(one, "/test/lamps", "how do I fill it"))["refused_by"] == "key"


@pytest.mark.processes
@pytest.mark.parametrize(("key", "told"), NO_KEY)
def test_a_key_that_is_none_is_not_kept(tmp_path: Path, key: str, told: str) -> None:
    done = login(tmp_path, "login --key", key)
    assert done.returncode == 1
    assert told in done.stderr
    assert not (tmp_path / FILE).exists()


BROKEN = [
    ("key = ", "no TOML"),
    ("[default]\nkey = 7", "has no key"),
    ("", "has no key"),
    ("\x00\xff", "no TOML"),
]


@pytest.mark.parametrize(("text", "told"), BROKEN)
async def test_a_broken_file_is_one_line(settings: IngestSettings, text: str, told: str) -> None:
    path = settings.home / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    async with client(settings, None) as one:
        result = await ask(one, "/test/lamps", "how do I fill it")
    assert result.is_error
    assert told in said(result)
    assert "run `lectern-mcp login` again" in said(result)
