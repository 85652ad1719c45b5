"""Many libraries for a bench: the shipped catalogue as if all of it were served, and generated ones beside it."""

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence

from psycopg.types.json import Jsonb

from shared.model.library import Library
from shared.model.naming import name_rows
from shared.stores.postgres import Database


def _words(*lines: str) -> list[str]:
    return [word for line in lines for word in line.split()]


_FIRST = _words(
    "fast tiny simple async micro super hyper open lazy smart deep easy quick light ultra mini multi auto pure safe",
    "react vue svelte angular node django flask rails laravel spring rust go py php kotlin swift dart elixir redis",
    "postgres mongo mysql sqlite kafka docker kube aws azure cloud web mobile native edge graph json yaml xml csv",
    "pdf http grpc rest socket token auth user admin image video audio text date time form table chart map tree",
)
_SECOND = _words(
    "router client server cache queue store state query schema model parser builder runner loader logger tester",
    "bundler compiler linter formatter scheduler worker stream socket bridge proxy gateway adapter plugin theme",
    "editor viewer picker slider modal table grid chart calendar upload storage search index crawler scraper bot",
    "agent pipeline migrations fixtures factory validator serializer encoder decoder hash crypto session cookie",
    "mailer payments billing metrics tracing health config secrets deploy release monitor backup sync diff merge",
)
_LAST = (
    "",
    "",
    "",
    "kit",
    "js",
    "py",
    "lib",
    "tools",
    "core",
    "next",
    "plus",
    "pro",
    "utils",
    "cli",
    "api",
    "rs",
)
_OWNERS = ("acme", "apps", "bits", "code", "data", "dev", "labs", "open", "soft", "team", "tech", "works")
_VERSIONS = ("latest", "1.0", "2.0", "2.1")
_BATCH = 2000


def generated(count: int, real: Sequence[Library], seed: int = 1) -> Iterator[Library]:
    """So many plausible libraries: words of the trade, and for every tenth a fork, plugin or rival of a real one.

    Popularity says nothing: it is drawn, and often higher than that of the real ones; only a fork's is low.
    """
    draw = random.Random(seed)
    seen = {library.id for library in real}
    for number in itertools.count():
        if number % 10 == 0:
            model = draw.choice(real)
            project = model.id.rpartition("/")[2]
            name = draw.choice(
                (project, f"{project}-plugin", f"awesome-{project}", f"{project}-examples", f"my-{project}")
            )
            popularity = draw.randint(0, 20)
        else:
            words = [draw.choice(_FIRST), draw.choice(_SECOND), draw.choice(_LAST)]
            name = draw.choice("-- ._")[:1].strip().join(word for word in words if word) or words[0]
            popularity = draw.randint(0, 100)
        owner = f"{draw.choice(_OWNERS)}{draw.choice(_SECOND)}{draw.randint(1, 999)}"
        library_id = f"/{owner}/{name}"
        if library_id in seen:
            continue
        seen.add(library_id)
        yield Library(
            library_id,
            name.replace("-", " ").title() if draw.random() < 0.3 else name,
            vendor=owner,
            docs_url=f"https://{owner}.example/{name}/",
            repo_url=f"https://github.com/{owner}/{name}",
            description=f"A {draw.choice(_FIRST)} {draw.choice(_SECOND)} for {draw.choice(_FIRST)} users.",
            popularity_score=popularity,
            packages=(name,) if draw.random() < 0.5 else (),
            tags=(draw.choice(_FIRST), draw.choice(_SECOND)),
        )
        if len(seen) >= count + len(real):
            return


async def fill(database: Database, libraries: Iterable[Library]) -> None:
    """Put them into the database with names, and with versions that look served; there is nothing behind them."""
    libraries = list(libraries)
    for start in range(0, len(libraries), _BATCH):
        batch = libraries[start : start + _BATCH]
        names = [(library.id, *row) for library in batch for row in name_rows(library)]
        async with database.transaction() as connection:
            await connection.cursor().executemany(_LIBRARY, [_row(library) for library in batch])
            ids, keys, spelled = zip(*names, strict=True)
            await connection.execute(_NAMES, {"ids": list(ids), "keys": list(keys), "names": list(spelled)})
            served = {"ids": [library.id for library in batch], "versions": list(_VERSIONS)}
            await connection.execute(_BUILT, served)
            await connection.execute(_SERVED, served)
    await database.rows("VACUUM (ANALYZE)")


def _row(library: Library) -> dict[str, object]:
    metadata = {
        "description": library.description,
        "aliases": library.aliases,
        "tags": library.tags,
        "packages": library.packages,
        "imports": library.imports,
    }
    return {
        "id": library.id,
        "name": library.name,
        "vendor": library.vendor,
        "repo_url": library.repo_url,
        "docs_url": library.docs_url,
        "popularity": library.popularity_score,
        "metadata": Jsonb(metadata),
    }


_LIBRARY = """
INSERT INTO libraries (id, name, vendor, repo_url, docs_url, default_version, popularity_score, metadata)
VALUES (%(id)s, %(name)s, %(vendor)s, %(repo_url)s, %(docs_url)s, 'latest', %(popularity)s, %(metadata)s)
"""
_NAMES = """
INSERT INTO library_names (library_id, key, name)
SELECT * FROM unnest(%(ids)s::text[], %(keys)s::text[], %(names)s::text[])
ON CONFLICT DO NOTHING
"""
_BUILT = """
WITH versions AS (
  INSERT INTO library_versions (library_id, version, is_latest)
  SELECT id, version, version = 'latest' FROM unnest(%(ids)s::text[]) AS id, unnest(%(versions)s::text[]) AS version
  RETURNING id
)
INSERT INTO generations (id, library_version_id, model, fingerprint, dimension, backend, index_name, published_at)
SELECT id, id, 'none', 'none', 1, 'edge', 'none', now() FROM versions
"""
_SERVED = "UPDATE library_versions SET generation_id = id WHERE library_id = ANY (%(ids)s::text[])"
