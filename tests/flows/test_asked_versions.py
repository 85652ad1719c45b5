"""Versions and ids as people write them, asked of one server process with five versions of one library."""

import asyncio
from collections.abc import Iterator

import pytest

from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.flows.asking import replace_settings, server_environment
from tests.flows.published import chunk, publish_chunks
from tests.flows.server_process import ServerProcess

LAMPS = Library("/test/Lamps", "Lamps")
VERSIONS = ("0.3", "1.9.4", "2.2", "stable", "2.3")
"""The highest release is the default: 2.3."""


async def _publish(settings: IngestSettings, embedder: Embedder) -> None:
    async with open_stores(settings, "tests") as stores:
        for version in VERSIONS:
            text = f"Lamps {version} burn paraffin."
            await publish_chunks(
                stores, embedder, LAMPS, version, [chunk("Oil", text)], confirmed_at="2026-11-21"
            )


@pytest.fixture(scope="module")
def process(module_settings: IngestSettings, embedder: Embedder) -> Iterator[ServerProcess]:
    settings = replace_settings(module_settings, embedding_model_path=embedder.model.directory)
    asyncio.run(_publish(settings, embedder))
    with ServerProcess(server_environment(settings)) as running:
        running.open()
        yield running


SPELLINGS = [
    ("/test/Lamps", "2.3"),
    ("/test/lamps", "2.3"),
    ("/TEST/LAMPS/2.2", "2.2"),
    ("test/lamps@2.2", "2.2"),
    ("/test/lamps/v2.2", "2.2 for v2.2"),
    ("/test/lamps@V2.2", "2.2 for V2.2"),
    ("/test/lamps/2.2.2", "2.2 for 2.2.2"),
    ("/test/lamps/2.2.x", "2.2 for 2.2.x"),
    ("/test/lamps/2.2.0-rc.1", "2.2 for 2.2.0-rc.1"),
    ("/test/lamps/2.2rc1", "2.2 for 2.2rc1"),
    ("/test/lamps==2.2.1", "2.2 for ==2.2.1"),
    ("/test/lamps/0.3.7", "0.3 for 0.3.7"),
    ("/test/lamps/2", "2.3 for 2"),
    ("/test/lamps/2.x", "2.3 for 2.x"),
    ("/test/lamps/1.9.x", "1.9.4 for 1.9.x"),
    ("/test/lamps@^2.2", "2.3 for ^2.2"),
    ("/test/lamps@~2.2", "2.2 for ~2.2"),
    ("/test/lamps@~=2.2.0", "2.2 for ~=2.2.0"),
    ("/test/lamps@>=2,<3", "2.3 for >=2,<3"),
    ("/test/lamps@>=1.9 <2.3", "2.2 for >=1.9 <2.3"),
    ("/test/lamps@1.x || 2.2.x", "2.2 for 1.x || 2.2.x"),
    ("/test/lamps/latest", "2.3 for latest"),
    ("/test/lamps/Stable", "stable for Stable"),
    ("/test/lamps/2.20", None),
    ("/test/lamps/2.1.4", None),
    ("/test/lamps/1.9.5", None),
    ("/test/lamps@^0.2", None),
    ("/test/lamps@>=2.4,<3", None),
    ("/test/lamps/next", None),
]


@pytest.mark.parametrize(("written", "told"), SPELLINGS)
def test_a_version_as_people_write_it_is_answered_from_what_stands_for_it_or_not_at_all(
    process: ServerProcess, written: str, told: str | None
) -> None:
    result = process.call("query-docs", libraryId=written, query="what do lamps burn")
    answer, text = result["structuredContent"], result["content"][0]["text"]

    assert answer["library_id"] == "/test/Lamps"
    if told is None:
        assert answer["snippets"] == []
        assert text.startswith(
            f"There is no version {answer['version']} of /test/Lamps here. Available: 2.3,"
        )
    else:
        version, _, asked = told.partition(" for ")
        assert (answer["version"], answer["asked_version"]) == (version, asked or None)
        assert text.startswith(f"Library: /test/Lamps {told} (crawled 2026-11-2")
        assert f"Lamps {version} burn paraffin." in text


def test_a_version_beside_the_id_and_one_in_an_older_call_are_read_as_one_in_the_id(
    process: ServerProcess,
) -> None:
    for tool, arguments in (
        ("query-docs", {"libraryId": "/test/lamps", "query": "oil", "version": "~2.2"}),
        (
            "get-library-docs",
            {"context7CompatibleLibraryID": "/test/lamps/~2.2", "topic": "oil", "tokens": 900},
        ),
    ):
        answer = process.call(tool, **arguments)["structuredContent"]
        assert (answer["version"], answer["asked_version"]) == ("2.2", "~2.2")


def test_one_version_may_be_named_twice_and_two_are_refused(process: ServerProcess) -> None:
    for named, beside, told in (
        ("/test/lamps/2.2", "v2.2", "Library: /test/Lamps 2.2 (crawled"),
        ("/test/lamps@V2.2", "2.2.x", "Library: /test/Lamps 2.2 for V2.2 (crawled"),
        (
            "/test/lamps/2.2",
            "2.3",
            "Two versions are given: 2.2 in the id, 2.3 as the version. Give one of them.",
        ),
    ):
        result = process.call("query-docs", libraryId=named, query="oil", version=beside)
        assert result["content"][0]["text"].startswith(told)


def test_resources_are_read_by_the_same_spellings(process: ServerProcess) -> None:
    for uri in (
        "lectern://library/Test/lamps/2.2.2",
        "lectern://page/test/LAMPS/v2.2?url=https://docs.example/page",
    ):
        [content] = process.answer(process.ask("resources/read", uri=uri))["result"]["contents"]
        assert "/test/Lamps" in content["text"]
        assert "2.2" in content["text"]
