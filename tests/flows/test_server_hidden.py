"""A library that may not be read is, to the byte, one that was never added: for every way in."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mcp_server.resources import attach
from shared.catalogue.store import Catalogue
from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from shared.stores.postgres import Database
from tests.flows.asking import server_environment
from tests.flows.keys import Key, make_key
from tests.flows.published import chunk, publish_chunks
from tests.flows.server_process import ServerProcess

pytestmark = pytest.mark.anyio

LAMPS = Library("/test/lamps", "Lamps", description="Light at night.")
HIDDEN = Library(
    "/secret/lanterns",
    "Lanterns",
    description="Carry light about.",
    aliases=("torches",),
    popularity_score=900,
)
ORGANISATIONS = Library("/test/lanterns", "Old lanterns")
OIL = "https://docs.example/oil"
QUESTION = "how does oil burn?"
LONG = [chunk(f"Oil {number}", f"Oil burns slowly, part {number}. " * 40, url=OIL) for number in range(8)]
Ways = dict[str, tuple[str, dict[str, Any]]]


def call(tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    return "tools/call", {"name": tool, "arguments": arguments}


def complete(uri: str, name: str, typed: str, **known: str) -> tuple[str, dict[str, Any]]:
    asked = {"ref": {"type": "ref/resource", "uri": uri}, "argument": {"name": name, "value": typed}}
    return "completion/complete", asked | {"context": {"arguments": known}}


def prompted(typed: str) -> tuple[str, dict[str, Any]]:
    ref = {"type": "ref/prompt", "name": "answer-with-current-docs"}
    return "completion/complete", {"ref": ref, "argument": {"name": "library", "value": typed}}


def read(uri: str) -> tuple[str, dict[str, Any]]:
    return "resources/read", {"uri": uri}


def ways(cursor: str) -> Ways:
    """Every way to a library; `cursor` is one that was got by a key that may read it."""
    ours = {"org": "secret", "project": "lanterns"}
    return {
        "its name": call("resolve-library-id", query=QUESTION, libraryName="Lanterns"),
        "its alias": call("resolve-library-id", query=QUESTION, libraryName="torches"),
        "its id as a name": call("resolve-library-id", query=QUESTION, libraryName="/secret/lanterns"),
        "the beginning of its name": call("resolve-library-id", query=QUESTION, libraryName="lanter"),
        "a typing error": call("resolve-library-id", query=QUESTION, libraryName="lantrens"),
        "a name that is like it": call("resolve-library-id", query=QUESTION, libraryName="lanternsbox"),
        "words of its description": call(
            "resolve-library-id", query=QUESTION, libraryName="carry light about"
        ),
        "its id": call("query-docs", libraryId="/secret/lanterns", query=QUESTION),
        "its id in capitals": call("query-docs", libraryId="/Secret/LANTERNS", query=QUESTION),
        "its version": call("query-docs", libraryId="/secret/lanterns/1.0", query=QUESTION),
        "a version that it has not": call("query-docs", libraryId="/secret/lanterns/7", query=QUESTION),
        "a cursor": call(
            "query-docs", libraryId="/secret/lanterns", query=QUESTION, cursor=cursor, tokens=500
        ),
        "an id that is near": call("query-docs", libraryId="/secret/lantern", query=QUESTION),
        "its resource": read("lectern://library/secret/lanterns"),
        "its resource in capitals": read("lectern://library/SECRET/Lanterns"),
        "its version's resource": read("lectern://library/secret/lanterns/1.0"),
        "its page": read(f"lectern://page/secret/lanterns/1.0?url={OIL}"),
        "a resource that is near": read("lectern://library/secret/lantern"),
        "the list": ("resources/list", {}),
        "its organisation, completed": complete(attach.LIBRARY, "org", "se"),
        "its project, completed": complete(attach.LIBRARY, "project", "lan", org="secret"),
        "its version, completed": complete(attach.VERSION, "version", "", **ours),
        "its page, completed": complete(attach.PAGE, "url", "", version="1.0", **ours),
        "its id, completed": prompted("/secret"),
        "its name, completed": prompted("lanterns"),
        "its version after its id, completed": prompted("/secret/lanterns/"),
    }


@pytest.fixture
async def settings(make_settings: Callable[..., IngestSettings], embedder: Embedder) -> IngestSettings:
    made = make_settings(embedding_model_path=embedder.model.directory)
    async with open_stores(made, "tests") as stores:
        await publish_chunks(stores, embedder, LAMPS, "1.0", LONG[:2])
        await publish_chunks(stores, embedder, HIDDEN, "1.0", LONG)
        await publish_chunks(stores, embedder, ORGANISATIONS, "1.0", LONG[:1])
    return made


def replies(settings: IngestSettings, key: Key, asked: Ways) -> Iterator[tuple[str, bytes]]:
    """What a server process says to each, to the byte."""
    with ServerProcess(server_environment(settings, api_key=key.key, require_api_key="on")) as server:
        server.open()
        for name, (method, params) in asked.items():
            number = server.ask(method, **params)
            line = server.line()
            assert json.loads(line)["id"] == number
            yield name, line


@pytest.mark.slow
async def test_a_library_that_may_not_be_read_is_as_one_that_was_never_added(
    settings: IngestSettings, database: Database
) -> None:
    reader = await make_key(database)
    kept_out = await make_key(database, libraries=["/test/lamps"])
    [(_, first)] = replies(
        settings,
        reader,
        {"first": call("query-docs", libraryId="/secret/lanterns", query=QUESTION, tokens=500)},
    )
    cursor = json.loads(first)["result"]["structuredContent"]["next_cursor"]
    assert cursor
    asked = ways(cursor)

    open_ = dict(replies(settings, reader, asked))  # and every answer is in the cache from here
    hidden = dict(replies(settings, kept_out, asked))
    for library in (HIDDEN, ORGANISATIONS):
        await Catalogue(database).remove(library.id)
    never = dict(replies(settings, kept_out, asked))

    assert [name for name in asked if open_[name] == hidden[name]] == []
    assert {name: hidden[name] for name in asked if hidden[name] != never[name]} == {}
    assert not [name for name, line in hidden.items() if b"Carry light" in line or b"lanterns/1.0:" in line]


async def test_a_star_opens_one_organisation_and_no_other(
    settings: IngestSettings, database: Database
) -> None:
    key = await make_key(database, libraries=["/test/*"])
    told = dict(
        replies(
            settings,
            key,
            {
                "lamps": call("query-docs", libraryId="/test/lamps", query=QUESTION),
                "lanterns": call("resolve-library-id", query=QUESTION, libraryName="lanterns"),
                "hidden": call("query-docs", libraryId="/secret/lanterns", query=QUESTION),
            },
        )
    )
    said = {name: json.loads(line)["result"]["structuredContent"] for name, line in told.items()}
    assert said["lamps"]["snippets"]
    assert [found["id"] for found in said["lanterns"]["libraries"]][:1] == ["/test/lanterns"]
    assert "/secret" not in told["lanterns"].decode()
    assert not said["hidden"]["snippets"]
