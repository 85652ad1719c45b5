"""The catalogue on a real PostgreSQL."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from shared.catalogue import crawls as crawl_rows
from shared.catalogue.crawls import Crawls
from shared.catalogue.generations import Generations, Made, copy_chunks
from shared.catalogue.pages import Pages
from shared.catalogue.quarantine import Quarantine
from shared.catalogue.store import Catalogue
from shared.errors import LibraryUnknown, VersionUnknown
from shared.model.account import Access
from shared.model.answer import MOST_COPIES
from shared.model.crawl import PageRow
from shared.model.document import Chunk, ContentType
from shared.model.library import Library, NewGeneration, name_key
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

FLASK = Library(
    "/pallets/flask", "Flask", vendor="Pallets", description="A web framework.", aliases=("flask-web",)
)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _chunk(content: str) -> Chunk:
    return Chunk(
        content, ContentType.GUIDE, "http://site/a#b", ("Title", "Part"), 3, f"Title > Part\n{content}"
    )


async def _publish(
    database: Database, library_id: str, version: str, *contents: str, suspicious: Sequence[str] = ()
) -> UUID:
    generations = Generations(database)
    identity = uuid4()
    new = NewGeneration(
        id=identity,
        library_version_id=await generations.ensure_version(library_id, version),
        library_id=library_id,
        version=version,
        backend="edge",
        index_name=await generations.new_index_name(identity),
        model="m",
        fingerprint="f",
        dimension=3,
    )
    await generations.begin(new)
    async with database.transaction() as connection:
        chunks = [
            replace(_chunk(text), suspicions=("a rule",) if text in suspicious else ()) for text in contents
        ]
        await copy_chunks(connection, new, chunks, first=0, fetched_at=NOW)
    await generations.publish(new, Made(b"d", "f", "edge", 1, *await generations.totals(new.id)))
    return identity


MONGODB = Library(
    "/mongodb/docs",
    "MongoDB",
    docs_url="https://mongo.example/docs/",
    aliases=("mongo",),
    packages=("pymongo",),
)


async def _found(catalogue: Catalogue, name: str, *mended: str) -> list[str]:
    """Those that answer to the name, or to a mended one."""
    candidates = await catalogue.candidates(name, [name_key(name)], mended=mended)
    return [found.library.id for found in candidates if found.keys]


async def _alike(catalogue: Catalogue, name: str) -> list[str]:
    candidates = await catalogue.candidates(name, [name_key(name)])
    return [found.library.id for found in candidates if not found.keys]


async def test_a_library_is_found_by_any_of_its_names(database: Database) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    await catalogue.put(MONGODB)
    for name in ("flask", "Flask", "/pallets/flask", "flask web", "FLASK-WEB"):
        assert await _found(catalogue, name) == ["/pallets/flask"], name
    for name in ("mongodb", "mongo", "PyMongo", "mongo.example", "mongo.example/docs"):
        assert await _found(catalogue, name) == ["/mongodb/docs"], name
    assert await catalogue.candidates("", []) == []


async def test_a_name_is_none_of_a_library_that_may_not_be_read(database: Database) -> None:
    await Catalogue(database).put(FLASK)
    assert [one.id for one in await Catalogue(database, Access(("/pallets/*",))).named("flask web")] == [
        FLASK.id
    ]
    assert await Catalogue(database, Access(("/pallets/click", "/flask/*"))).named("flask web") == []
    await Catalogue(database).put(Library("/wtforms/flask-wtf", "Flask-WTF"))
    assert await _alike(Catalogue(database), "flask") == ["/wtforms/flask-wtf"]
    assert await _alike(Catalogue(database, Access(("/pallets/*",))), "flask") == []
    assert await _alike(Catalogue(database, Access(("/wtforms/*",))), "web framework") == []


async def test_a_shipped_library_that_may_not_be_read_is_as_though_nothing_of_it_were_here(
    database: Database,
) -> None:
    await Catalogue(database).make_known([FLASK], "first")
    hidden = Catalogue(database, Access(("/mongodb/*",)))
    before = await hidden.candidates("flask", ["flask"])
    await Catalogue(database).put(FLASK)
    await _publish(database, FLASK.id, "3.0", "a")
    assert await hidden.candidates("flask", ["flask"]) == before
    assert await Catalogue(database).candidates("flask", ["flask"]) != before
    assert await Pages(database).organisations("pal", 5) == ["pallets"]
    assert await Pages(database, Access(("/mongodb/*",))).organisations("pal", 5) == []


async def test_slips_and_likeness_count_only_where_no_name_is_met(database: Database) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    await catalogue.put(Library("/own/flash", "Flash"))
    assert await _found(catalogue, "flask", "flash") == ["/pallets/flask"]
    assert set(await _found(catalogue, "flasq", "flask", "flash")) == {"/own/flash", "/pallets/flask"}
    assert set(await _alike(catalogue, "flaskk")) == {"/pallets/flask", "/own/flash"}
    assert await _alike(catalogue, "web framework") == ["/pallets/flask"]


async def test_longer_names_that_begin_alike_are_offered_beside_an_exact_one(database: Database) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    await catalogue.put(Library("/own/flask-tools", "Flask Tools"))
    await catalogue.put(Library("/own/tools-of-flask", "Tools of Flask"))
    assert await _found(catalogue, "flask") == ["/pallets/flask"]
    assert await _alike(catalogue, "flask") == ["/own/flask-tools"]


async def test_of_many_that_share_a_name_the_popular_ones_are_found(database: Database) -> None:
    catalogue = Catalogue(database)
    for number in range(30):
        await catalogue.put(Library(f"/owner{number:02}/router", "Router", popularity_score=number))
    found = await catalogue.candidates("router", ["router"], limit=5)
    assert {one.library.popularity_score for one in found if one.keys} == {25, 26, 27, 28, 29}


async def test_a_shipped_library_is_known_by_its_names_though_nothing_of_it_is_here(
    database: Database,
) -> None:
    catalogue = Catalogue(database)
    before = await catalogue.revision()
    await catalogue.make_known([FLASK, MONGODB], "first")
    assert await catalogue.revision() != before
    [known] = await catalogue.candidates("pymongo", ["pymongo"])
    assert (known.library.id, known.versions, known.keys, known.known) == (
        "/mongodb/docs", (), ("pymongo",), True,
    )  # fmt: skip
    assert await _found(catalogue, "pymogno", "pymongo") == ["/mongodb/docs"]
    assert await catalogue.libraries() == []


async def test_another_edition_of_the_shipped_libraries_replaces_the_last_and_the_same_is_left_alone(
    database: Database,
) -> None:
    catalogue = Catalogue(database)
    await catalogue.make_known([FLASK, MONGODB], "first")
    revision = await catalogue.revision()
    await catalogue.make_known([FLASK], "first")
    assert await catalogue.revision() == revision
    assert await _found(catalogue, "mongo") == ["/mongodb/docs"]
    await catalogue.make_known([FLASK], "second")
    assert await _found(catalogue, "mongo") == []
    assert await _found(catalogue, "flask") == ["/pallets/flask"]


async def test_a_library_that_is_here_answers_to_names_that_a_newer_edition_gave_it(
    database: Database,
) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    await _publish(database, "/pallets/flask", "3.0", "text")
    await catalogue.put(Library("/fork/flask", "Flask"))
    await catalogue.make_known([replace(FLASK, aliases=("flaskr",))], "newer")
    [found] = await catalogue.candidates("flaskr", ["flaskr"])
    assert (found.library, found.versions) == (await catalogue.known("/pallets/flask"), ("3.0",))
    official = {one.library.id: one.known for one in await catalogue.candidates("flask", ["flask"])}
    assert official == {"/pallets/flask": True, "/fork/flask": False}


async def test_an_unknown_library_names_near_ones_and_an_unknown_version_those_that_are_there(
    database: Database,
) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    with pytest.raises(LibraryUnknown) as unknown:
        await catalogue.served("/palets/flask", None)
    assert unknown.value.near == ("/pallets/flask",)
    with pytest.raises(VersionUnknown) as nothing_yet:
        await catalogue.served("/pallets/flask", None)
    assert nothing_yet.value.available == ()
    await _publish(database, "/pallets/flask", "2.2", "text")
    with pytest.raises(VersionUnknown) as other:
        await catalogue.served("/pallets/flask", "3.0")
    assert other.value.available == ("2.2",)


async def test_an_id_is_the_same_in_capitals_unless_another_library_is_written_so(database: Database) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    await _publish(database, "/pallets/flask", "2.2", "text")
    for spelled in ("/Pallets/Flask", "/PALLETS/FLASK", "/pallets/flask"):
        assert (await catalogue.known(spelled)).id == "/pallets/flask"
        for version in (None, "2.2", "latest"):
            assert (await catalogue.served(spelled, version)).library_id == "/pallets/flask"
    assert await catalogue.library("/palletsf/lask") is None
    await catalogue.put(Library("/Pallets/Flask", "Another"))
    assert (await catalogue.known("/Pallets/Flask")).name == "Another"
    assert (await catalogue.known("/pallets/flask")).name == "Flask"
    assert (await catalogue.known("/PALLETS/flask")).id in ("/pallets/flask", "/Pallets/Flask")


async def test_a_release_or_range_is_answered_by_what_stands_for_it_and_served_only_by_itself(
    database: Database,
) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    for version in ("2.2", "2.10"):
        await _publish(database, "/pallets/flask", version, "text")
    for asked, version in (
        (None, "2.10"),
        ("LATEST", "2.10"),
        ("latest", "2.10"),
        ("V2.2", "2.2"),
        ("2.2.7", "2.2"),
        ("^2.2", "2.10"),
    ):
        found = await catalogue.standing_for("/Pallets/flask", asked)
        assert (found.library_id, found.version) == ("/pallets/flask", version), asked
        assert found.generation
    with pytest.raises(VersionUnknown) as unknown:
        await catalogue.standing_for("/Pallets/flask", "^2.11")
    assert (unknown.value.library_id, unknown.value.version) == ("/pallets/flask", "^2.11")
    for asked in ("V2.2", "2.2.7", "^2.2"):
        with pytest.raises(VersionUnknown):
            await catalogue.served("/pallets/flask", asked)


async def test_a_candidate_has_the_address_at_which_the_served_crawl_of_each_version_began(
    database: Database,
) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    for version in ("2.2", "3.0"):
        identity = await _publish(database, "/pallets/flask", version, "text")
        for number, state in enumerate(("published", "unchanged", "failed", "running")):
            await database.rows(
                """INSERT INTO crawls (library_version_id, generation_id, start_url, options, state, started_at)
                   SELECT library_version_id, id, %(url)s, '{}', %(state)s, now() + make_interval(hours => %(n)s)
                   FROM generations WHERE id = %(id)s""",
                {"url": f"http://site/{version}/{state}/", "state": state, "n": number, "id": identity},
            )
    await _publish(database, "/pallets/flask", "4.0", "never crawled")

    [found] = await catalogue.candidates("flask", ["flask"])

    assert found.sources == {
        "2.2": "http://site/2.2/unchanged/",
        "3.0": "http://site/3.0/unchanged/",
    }


async def test_the_default_version_is_the_first_then_the_highest_or_latest_unless_it_was_chosen(
    database: Database,
) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    for version, default in (("2.2", "2.2"), ("2.10", "2.10"), ("3.0rc1", "2.10"), ("latest", "latest")):
        await _publish(database, "/pallets/flask", version, "text")
        served = await catalogue.served("/pallets/flask", None)
        assert (served.version, served.is_latest) == (default, True)
    await catalogue.set_default_version("/pallets/flask", "2.2")
    await _publish(database, "/pallets/flask", "latest", "newer text")
    assert (await catalogue.served("/pallets/flask", None)).version == "2.2"
    with pytest.raises(VersionUnknown):
        await catalogue.set_default_version("/pallets/flask", "9")


async def test_a_version_that_was_never_served_is_no_default(database: Database) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    await Generations(database).ensure_version(FLASK.id, "9.9")
    await _publish(database, FLASK.id, "2.2", "text")
    assert (await catalogue.served(FLASK.id, None)).version == "2.2"


async def test_versions_of_a_candidate_are_in_the_order_of_their_numbers(database: Database) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    for version in ("9.1", "10.0", "2.2", "10.1rc1"):
        await _publish(database, "/pallets/flask", version, "text")

    [found] = await catalogue.candidates("flask", ["flask"])

    assert found.versions == ("10.0", "9.1", "2.2", "10.1rc1")
    assert await Pages(database).versions("/Pallets/Flask", "1", 1) == ["10.0"]


async def test_counters_follow_what_is_served_and_the_previous_generation_stays_until_the_next(
    database: Database,
) -> None:
    catalogue, generations = Catalogue(database), Generations(database)
    await catalogue.put(FLASK)
    first = await _publish(database, "/pallets/flask", "2.2", "one", "two", "three")
    second = await _publish(database, "/pallets/flask", "2.2", "one", "two")
    library = await catalogue.known("/pallets/flask")
    assert (library.total_snippets, library.total_tokens) == (2, 6)
    assert library.last_crawled_at
    assert {index.generation for index in await generations.indexes("/pallets/flask")} == {first, second}
    third = await _publish(database, "/pallets/flask", "2.2", "one")
    assert {index.generation for index in await generations.indexes("/pallets/flask")} == {second, third}


async def test_vectors_are_kept_while_a_chunk_uses_them_and_for_thirty_days_at_least(
    database: Database,
) -> None:
    generations = Generations(database)
    await Catalogue(database).put(FLASK)
    generation = await _publish(database, FLASK.id, "2.2", "one")
    [used] = await generations.missing(generation, 0, 0)
    recent, old = (hashlib.sha256(name).digest() for name in (b"recent", b"old"))
    ages = {used.key: 400, recent: 29, old: 31}
    await generations.put_embeddings(list(ages), [[0.5]] * len(ages))
    for key, days in ages.items():
        await database.rows(
            "UPDATE embeddings SET created_at = now() - make_interval(days => %(days)s) WHERE key = %(key)s",
            {"days": days, "key": key},
        )
    await generations.tidy()
    left = await database.rows("SELECT key FROM embeddings")
    assert {row["key"] for row in left} == {used.key, recent}


async def test_equal_chunks_of_a_page_are_rows_of_their_own_and_hits_come_best_first(
    database: Database,
) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    generation = await _publish(database, "/pallets/flask", "2.2", "same", "same", "other")
    rows = await database.rows(
        "SELECT id, embedding_id FROM documentation_chunks WHERE generation_id = %(id)s ORDER BY chunk_index",
        {"id": generation},
    )
    assert len({row["id"] for row in rows}) == 3
    assert all(str(row["id"]) == row["embedding_id"] for row in rows)
    hits = await catalogue.hits({rows[0]["id"]: 0.1, rows[2]["id"]: 0.9, uuid4(): 5.0})
    assert [(hit.content, hit.score, hit.breadcrumb) for hit in hits] == [
        ("other", 0.9, ("Title", "Part")),
        ("same", 0.1, ("Title", "Part")),
    ]


async def test_chunks_that_say_the_same_name_each_others_addresses_and_not_those_in_quarantine(
    database: Database,
) -> None:
    catalogue, generations = Catalogue(database), Generations(database)
    await catalogue.put(FLASK)
    generation = await _publish(
        database, FLASK.id, "2.2", "one", "two", "three", "four", suspicious=("three",)
    )
    rows = await database.rows(
        "UPDATE documentation_chunks SET source_url = source_url || chunk_index"
        " WHERE generation_id = %(id)s RETURNING id, source_url",
        {"id": generation},
    )
    [one, two, three, four] = [row["id"] for row in sorted(rows, key=lambda row: str(row["source_url"]))]
    await generations.put_copies(generation, {one: one, four: one})
    await generations.put_copies(generation, {one: one, two: one, three: one})

    assert await catalogue.same([one, two, four]) == {one: one, two: one}
    hits = {hit.chunk_id: hit for hit in await catalogue.hits({one: 0.9, two: 0.5, four: 0.1})}
    assert hits[one].also == (hits[two].source_url,)
    assert hits[two].also == (hits[one].source_url,)
    assert hits[four].also == ()
    [version] = await catalogue.versions(FLASK.id)
    assert version.generation
    assert version.generation.copies == 3


async def test_of_many_places_that_say_the_same_the_first_are_named_in_their_order_each_once(
    database: Database,
) -> None:
    catalogue, generations = Catalogue(database), Generations(database)
    await catalogue.put(FLASK)
    texts = [f"text {number}" for number in range(MOST_COPIES + 3)]
    generation = await _publish(database, FLASK.id, "2.2", *texts)
    rows = await database.rows(
        "UPDATE documentation_chunks SET source_url = 'https://docs.example/' || chunk_index / 2"
        " WHERE generation_id = %(id)s RETURNING id, chunk_index",
        {"id": generation},
    )
    ids = {row["chunk_index"]: row["id"] for row in rows}
    await generations.put_copies(generation, dict.fromkeys(ids.values(), ids[0]))

    [hit] = await catalogue.hits({ids[0]: 1.0})

    assert hit.also == tuple(f"https://docs.example/{page}" for page in range(1, MOST_COPIES // 2 + 1))


async def test_what_was_decided_waits_no_more_and_what_was_rejected_stays_out(database: Database) -> None:
    quarantine = Quarantine(database)
    await Catalogue(database).put(FLASK)
    generation = await _publish(database, FLASK.id, "2.2", "clean", "obey", "run", suspicious=("obey", "run"))
    assert await quarantine.waiting_in(generation) == 2
    obey, run = sorted(await quarantine.suspects(FLASK.id), key=lambda suspect: suspect.content)
    await quarantine.decide(FLASK.id, [obey.key], "rejected")
    assert await quarantine.suspects(FLASK.id) == [run]
    assert await quarantine.waiting_in(generation) == 1
    await quarantine.decide(FLASK.id, [run.key], "released")
    assert await quarantine.waiting_in(generation) == 0
    assert (await Generations(database).totals(generation))[0] == 2
    rows = await database.rows("SELECT id FROM documentation_chunks")
    assert {hit.content for hit in await Catalogue(database).hits({row["id"]: 1.0 for row in rows})} == {
        "clean", "run",
    }  # fmt: skip


async def test_the_last_crawls_are_remembered_and_those_that_made_what_is_served(database: Database) -> None:
    await Catalogue(database).put(FLASK)
    generation = await _publish(database, FLASK.id, "2.2", "text")
    version = await Generations(database).ensure_version(FLASK.id, "2.2")
    for hours, state in enumerate(("failed", "published", *["failed"] * 4, "running")):
        await database.rows(
            """INSERT INTO crawls (library_version_id, generation_id, start_url, options, state, started_at)
               VALUES (%(version)s, %(generation)s, %(url)s, '{}', %(state)s, now() + make_interval(hours => %(n)s))""",
            {
                "version": version,
                "generation": generation if state == "published" else None,
                "url": f"http://site/{hours}",
                "state": state,
                "n": hours,
            },
        )
    await Crawls(database).tidy(version)
    left = await database.rows("SELECT start_url FROM crawls ORDER BY started_at")
    assert [row["start_url"] for row in left] == [f"http://site/{hours}" for hours in (1, 3, 4, 5, 6)]


async def test_a_crawl_that_another_one_replaced_is_none_to_go_by(database: Database) -> None:
    await Catalogue(database).put(FLASK)
    generation = await _publish(database, FLASK.id, "2.2", "text")
    version = await Generations(database).ensure_version(FLASK.id, "2.2")
    first, second = uuid4(), uuid4()
    for crawl in (first, second):
        async with database.transaction() as connection:
            await crawl_rows.begin(connection, crawl, version, generation, "crawl", "http://site/", {})
    crawls = Crawls(database)
    assert await crawls.newest(version, ("failed",)) is None
    running = await crawls.newest(version, ("running",))
    assert running
    assert running.id == second


async def test_what_failed_is_tried_again_unless_its_chunks_stand_already(database: Database) -> None:
    await Catalogue(database).put(FLASK)
    generation = await _publish(database, FLASK.id, "2.2", "text")
    version = await Generations(database).ensure_version(FLASK.id, "2.2")
    crawls, crawl = Crawls(database), uuid4()
    async with database.transaction() as connection:
        await crawl_rows.begin(connection, crawl, version, generation, "crawl", "http://site/", {})
    rows = [
        PageRow("fetched", 0, 0, "fetched"),
        PageRow("failed", 1, 0, "failed"),
        PageRow("carried", 2, 0, "carried"),
        PageRow("carried and cut", 3, 0, "carried", chunked=True),
    ]
    await crawls.put_pages(crawl, rows)
    await crawls.go_on(crawl, ("failed",))
    assert [row.url for row in await crawls.pages(crawl)] == ["fetched", "carried and cut"]


async def test_pages_that_no_crawl_refers_to_are_forgotten_after_a_day(database: Database) -> None:
    crawls = Crawls(database)
    old, recent = (hashlib.sha256(name).digest() for name in (b"old", b"recent"))
    for key, hours in ((old, 25), (recent, 23)):
        await crawls.put_document(key, {})
        await database.rows(
            "UPDATE documents SET created_at = now() - make_interval(hours => %(hours)s) WHERE key = %(key)s",
            {"hours": hours, "key": key},
        )
    await crawls.tidy(uuid4())
    assert [await crawls.document(key) for key in (old, recent)] == [None, {}]


async def test_a_removed_library_leaves_nothing_but_its_usage(database: Database) -> None:
    catalogue = Catalogue(database)
    await catalogue.put(FLASK)
    await _publish(database, "/pallets/flask", "2.2", "one")
    await _publish(database, "/pallets/flask", "2.2", "one", "two")
    await catalogue.remove("/pallets/flask")
    for table in ("libraries", "library_names", "library_versions", "generations", "documentation_chunks"):
        assert await database.rows(f"SELECT FROM {table}") == [], table
    with pytest.raises(LibraryUnknown):
        await catalogue.remove("/pallets/flask")


async def test_a_removed_library_takes_its_pages_along_and_nobody_else_s(database: Database) -> None:
    catalogue = Catalogue(database)
    own, shared, touched = (hashlib.sha256(name).digest() for name in (b"own", b"shared", b"touched"))
    await database.rows(
        """INSERT INTO documents (key, page, created_at)
           SELECT key, '{}', CASE WHEN key = %(touched)s THEN now() ELSE now() - interval '2 hours' END
           FROM unnest(%(keys)s::bytea[]) AS key""",
        {"keys": [own, shared, touched], "touched": touched},
    )
    for library, keys in ((FLASK, [own, shared, touched]), (MONGODB, [shared])):
        await catalogue.put(library)
        await _publish(database, library.id, "2.2", "text")
        await database.rows(
            """WITH crawl AS (
                 INSERT INTO crawls (library_version_id, start_url, options, state, finished_at)
                 SELECT id, 'http://site/', '{}', 'published', now() - interval '1 hour'
                 FROM library_versions WHERE library_id = %(id)s RETURNING id
               )
               INSERT INTO crawl_pages (crawl_id, url, position, depth, state, document_key)
               SELECT crawl.id, encode(key, 'hex'), 0, 0, 'fetched', key
               FROM crawl, unnest(%(keys)s::bytea[]) AS key""",
            {"id": library.id, "keys": keys},
        )

    await catalogue.remove(FLASK.id)

    kept = await database.rows("SELECT key FROM documents")
    assert {row["key"] for row in kept} == {shared, touched}


async def test_what_an_operator_changes_of_a_library_is_audited(database: Database) -> None:
    catalogue = Catalogue(database)
    lamps = Library("/audit/lamps", "Lamps")
    await catalogue.put(lamps)
    await catalogue.put(lamps)
    await catalogue.remove(lamps.id)
    rows = await database.rows("SELECT action, library_id, before, after FROM audit_log ORDER BY at")
    assert [tuple(row.values()) for row in rows] == [
        ("library add", lamps.id, None, None),
        ("library remove", lamps.id, None, None),
    ]
