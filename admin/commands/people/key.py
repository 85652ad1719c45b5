"""`lectern-admin key`: keys, what each may use and read, and what is left of that."""

import secrets
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from admin.commands.people.user import AsJson, Email, present, read_email
from admin.commands.session import accounts, counters, session
from admin.rows import NONE, as_json, day, minute, minute_alone, number, picked
from admin.when import duration, instant
from shared.accounts.emails import Address
from shared.accounts.keys import Minted, mint
from shared.accounts.limits import MOST, MOST_PER_MINUTE
from shared.accounts.store import Accounts
from shared.catalogue.store import Catalogue
from shared.errors import CountersUnavailable, InvalidRequest, LecternError, LibraryUnknown
from shared.model.account import Limits, Principal, Used
from shared.model.library import parse_library_ref
from shared.stores.postgres import Row
from shared.terminal.console import errors, output
from shared.terminal.ending import ending, fail, run
from shared.terminal.legible import exact, words
from shared.terminal.program import Program
from shared.terminal.streams import check_output
from shared.terminal.table import Column, show_facts, show_table

app = Program(
    help="Keys that people call with.\n\n$ lectern-admin key create ada@example.org\n$ lectern-admin key list"
)

Prefix = Annotated[str, typer.Argument(metavar="PREFIX", help="As listed, such as lect_3xT9q, or an id.")]
Name = Annotated[str | None, typer.Option(help="What it is for.")]
PerMinute = Annotated[
    int | None, typer.Option(min=1, max=MOST_PER_MINUTE, metavar="N", help="Calls a minute.")
]
PerDay = Annotated[int | None, typer.Option(min=1, max=MOST, metavar="N", help="Calls a day of UTC.")]
Expires = Annotated[str | None, typer.Option(metavar="WHEN", help="A date, an instant, 90d, or never.")]
Readable = Annotated[
    list[str] | None,
    typer.Option("--library", metavar="ID", help="Only /org/project or /org/*; repeatable; `all` ends that."),
]

QUOTAS = ("quota_requests_per_minute", "quota_requests_per_day")
CREATED = ("id", "key", "key_prefix", "name", "user", *QUOTAS, "expires_at", "libraries")
ENDS = ("last_used_at", "created_at", "expires_at", "revoked_at", "replaced_by")
SHOWN = ("id", "key_prefix", "name", "user", *QUOTAS, "libraries", *ENDS)
PER_MINUTE, PER_DAY = 60, 10_000
MOST_NAME = 100
NEVER, ALL = "never", "all"


@app.command()
def create(
    email: Email,
    name: Name = None,
    per_minute: PerMinute = PER_MINUTE,
    per_day: PerDay = PER_DAY,
    expires: Expires = None,
    library: Readable = None,
    json: AsJson = False,
) -> None:
    """Create a key. It is shown once: only its hash is kept.

    $ lectern-admin key create ada@example.org --name laptop --expires 90d
    $ lectern-admin key create ada@example.org --library /pallets/flask --library '/acme/*'
    $ lectern-admin key create ada@example.org > key
    """
    with ending():
        check_output()
        given = _given(name, per_minute, per_day, expires)
    row = run(
        _create(read_email(email), {"name": None, "expires_at": None, "libraries": None} | given, library)
    )
    _hand_over(row, json=json)


@app.command("list")
def list_keys(
    email: Annotated[
        str | None, typer.Argument(metavar="EMAIL", help="Only this user's.", show_default="all")
    ] = None,
    json: AsJson = False,
) -> None:
    """List keys, the newest first.

    $ lectern-admin key list
    """
    rows = run(_list(read_email(email) if email else None))
    if json:
        typer.echo(as_json([picked(row, SHOWN) for row in rows]))
    elif not rows:
        output().print("There are no keys. [dim]lectern-admin key create EMAIL[/]")
    else:
        called = (Column("Key"), Column("User"))
        said = (
            Column("Name"),
            Column("State"),
            Column("Minute", right=True),
            Column("Day", right=True),
            Column("Last used"),
        )
        show_table(output(), called, said, [_told(row) for row in rows])


@app.command()
def show(prefix: Prefix, json: AsJson = False) -> None:
    """Show a key, and what is left of each limit.

    $ lectern-admin key show lect_3xT9q
    """
    row, limits, used, trouble = run(_show(prefix))
    left = [] if used is None else _left(row, limits, used)
    if json:
        typer.echo(as_json(picked(row, SHOWN) | {"limits": left or None}))
        return
    console = output()
    console.print(f"[bold]{row['key_prefix']}[/]  {exact(row['user'])}  {state(row)}", soft_wrap=True)
    facts = [
        ("id", str(row["id"])),
        ("name", words(row["name"]) if row["name"] else NONE),
        ("libraries", ", ".join(map(exact, row["libraries"])) if row["libraries"] else "all"),
        ("created", minute(row["created_at"])),
        ("last used", minute(row["last_used_at"])),
        ("expires", minute(row["expires_at"]) if row["expires_at"] else "never"),
    ]
    if row["replaced_by"]:
        facts.append(("replaced by", str(row["replaced_by"])))
    show_facts(console, facts)
    if used is None:
        console.print(f"[yellow]what is left is not known[/] [dim]({trouble})[/]", soft_wrap=True)
        return
    console.print()
    told = [
        (
            one["limit"],
            number(one["used"], "?"),
            number(one["most"], "no limit"),
            number(one["left"], NONE),
            minute_alone(one["turns_at"]),
        )
        for one in left
    ]
    numbers = [Column(title, right=True) for title in ("Used", "Of", "Left")]
    show_table(console, (Column("Limit"),), (*numbers, Column("Turns (UTC)")), told)


@app.command("set")
def set_key(
    prefix: Prefix,
    name: Name = None,
    per_minute: PerMinute = None,
    per_day: PerDay = None,
    expires: Expires = None,
    library: Readable = None,
    json: AsJson = False,
) -> None:
    """Change what a key may use or read; it holds within 30 seconds.

    $ lectern-admin key set lect_3xT9q --per-minute 120
    $ lectern-admin key set lect_3xT9q --expires never --library all
    """
    with ending():
        given = _given(name, per_minute, per_day, expires)
        if not given and not library:
            raise InvalidRequest("nothing is to be changed", "name an option: lectern-admin key set --help")
    row = run(_set(prefix, given, library))
    if json:
        typer.echo(as_json(picked(row, SHOWN)))
    else:
        output().print(f"[green]changed[/] {row['key_prefix']}")


@app.command()
def rotate(
    prefix: Prefix,
    overlap: Annotated[
        str, typer.Option(metavar="DURATION", help="How long the old key still works.")
    ] = "24h",
    json: AsJson = False,
) -> None:
    """Make a new key like this one, which ends after the overlap, and never later than before.

    $ lectern-admin key rotate lect_3xT9q --overlap 24h
    """
    with ending():
        check_output()
        lasts = duration(overlap)
    _hand_over(run(_rotate(prefix, lasts)), json=json)


@app.command()
def revoke(prefix: Prefix) -> None:
    """End a key, within 30 seconds and for good.

    $ lectern-admin key revoke lect_3xT9q
    """
    row, changed = run(_revoke(prefix))
    if changed:
        output().print(f"[green]revoked[/] {row['key_prefix']} of {exact(row['user'])}")
    else:
        output().print(f"{row['key_prefix']} is revoked already.")


def state(row: Row) -> str:
    now = datetime.now(UTC)
    if row["revoked_at"]:
        return "[dim]revoked[/]"
    if row["expires_at"] and row["expires_at"] <= now:
        return "[dim]expired[/]"
    if row["disabled_at"]:
        return "[red]user disabled[/]"
    return f"[yellow]until {day(row['expires_at'])}[/]" if row["expires_at"] else "[green]valid[/]"


def _told(row: Row) -> tuple[str, ...]:
    return (
        row["key_prefix"],
        exact(row["user"]),
        words(row["name"]) if row["name"] else NONE,
        state(row),
        number(row["quota_requests_per_minute"]),
        number(row["quota_requests_per_day"]),
        day(row["last_used_at"]),
    )


def _hand_over(row: Row, *, json: bool) -> None:
    """The one time that a key is shown; alone on standard output where that is no terminal."""
    try:
        _print_key(row, json=json)
    except OSError as error:
        lost = f"the key {row['key_prefix']} was made, and could not be printed ({error.strerror})"
        again = f"make one in its place: lectern-admin key rotate {row['id']}"
        raise fail(LecternError(lost, again)) from None


def _print_key(row: Row, *, json: bool) -> None:
    if json:
        typer.echo(as_json(picked(row, CREATED)))
        return
    if not sys.stdout.isatty():
        typer.echo(row["key"])
        errors().print(
            f"the key {row['key_prefix']} of {exact(row['user'])} is on standard output, this once"
        )
        return
    console = output()
    console.print(f"\n  [bold green]{row['key']}[/]\n", soft_wrap=True)
    console.print("It is shown this once. Its user puts it in [bold]LECTERN_API_KEY[/], or runs")
    console.print("[bold]lectern-mcp login --key[/] and pastes it.")


def _given(
    name: str | None, per_minute: int | None, per_day: int | None, expires: str | None
) -> dict[str, Any]:
    """Columns that were named. Raises InvalidRequest."""
    given: dict[str, Any] = {}
    if name is not None:
        if len(name) > MOST_NAME:
            raise InvalidRequest(f"a name has at most {MOST_NAME} characters", "shorten it")
        given["name"] = name or None
    if per_minute is not None:
        given["quota_requests_per_minute"] = per_minute
    if per_day is not None:
        given["quota_requests_per_day"] = per_day
    if expires is not None:
        now = datetime.now(UTC)
        until = None if expires.strip().casefold() == NEVER else instant(expires, now, "ahead")
        if until is not None and until <= now:
            raise InvalidRequest(f"{expires} is over", "name a time to come, or revoke the key")
        given["expires_at"] = until
    return given


async def _readable(catalogue: Catalogue, typed: list[str]) -> list[str] | None:
    """Ids as the catalogue has them. Raises InvalidLibraryId and LibraryUnknown."""
    if typed == [ALL]:
        return None
    found = []
    for one in typed:
        if one.endswith("/*"):
            found.append(await _organisation(catalogue, one))
        else:
            ref = parse_library_ref(one)
            if ref.version:
                raise InvalidRequest(
                    f"{one} names a version", f"write {ref.id}: all of its versions can be read"
                )
            found.append((await catalogue.known(ref.id)).id)
    return sorted(set(found))


async def _organisation(catalogue: Catalogue, typed: str) -> str:
    wanted = typed.removesuffix("*").casefold()
    ids = [library.id for library in await catalogue.libraries()]
    here = sorted({f"/{one.split('/')[1]}/*" for one in ids if one.casefold().startswith(wanted)})
    if wanted.count("/") != 2 or not here:
        raise LibraryUnknown(typed, (), "`ingest library list` shows what is here")
    return here[0]


def _left(row: Row, limits: Row, used: Used) -> list[dict[str, Any]]:
    def most(name: str) -> int | None:
        own = limits[name]
        return int(own) if own is not None else limits[f"plan_{name}"]

    told = (
        ("minute", used.minute, row["quota_requests_per_minute"], None),
        ("day", used.day, row["quota_requests_per_day"], used.day_ends),
        ("month_requests", used.month_requests, most("month_requests"), used.month_ends),
        ("month_tokens", used.month_tokens, most("month_tokens"), used.month_ends),
        ("concurrent", used.concurrent, most("concurrent"), None),
    )
    return [
        {
            "limit": name,
            "used": count,
            "most": of,
            "left": None if of is None or count is None else max(0, of - count),
            "turns_at": turns,
        }
        for name, count, of, turns in told
    ]


async def _create(wanted: Address, given: dict[str, Any], library: list[str] | None) -> Row:
    async with session("key create") as stores:
        database = await stores.database()
        people = Accounts(database)
        user = await present(people, wanted)
        if library:
            given["libraries"] = await _readable(Catalogue(database), library)
        minted = mint(secrets.token_bytes)
        return _with_key(await people.create_key(user["id"], minted, given), minted, user["email"])


async def _list(wanted: Address | None) -> list[Row]:
    async with accounts("key list") as people:
        return await people.keys((await people.user(wanted))["id"] if wanted else None)


async def _show(prefix: str) -> tuple[Row, Row, Used | None, str]:
    async with session("key show") as stores:
        people = Accounts(await stores.database())
        row = await people.key(prefix)
        limits = await people.limits(row["user_id"])
        starts = tuple(limits.get("month_starts") or ())
        caller = Principal(row["user_id"], row["id"], Limits(month_starts=starts))
        try:
            async with counters(stores) as counted:
                used = await counted.used(caller)
        except CountersUnavailable as error:
            return row, limits, None, str(error)
        now = datetime.now(UTC)
        if used.day is None or used.month_requests is None:  # nobody asked since Redis forgot
            day_start = now.replace(hour=0, minute=0, second=0, microsecond=0)
            ended = [start for start in starts if start <= now]
            today = await people.used_since(row["id"], day_start)
            month = await people.used_since(row["id"], max(ended, default=day_start.replace(day=1)))
            used = Used(
                used.minute,
                today["key_requests"],
                month["user_requests"],
                month["user_tokens"],
                used.concurrent,
                used.day_ends,
                used.month_ends,
            )
        return row, limits, used, ""


async def _set(prefix: str, given: dict[str, Any], library: list[str] | None) -> Row:
    async with session("key set") as stores:
        database = await stores.database()
        people = Accounts(database)
        row = await people.key(prefix)
        if library:
            given["libraries"] = await _readable(Catalogue(database), library)
        await people.set_key(row["id"], given)
        return await people.key(str(row["id"]))


async def _rotate(prefix: str, lasts: Any) -> Row:
    async with accounts("key rotate") as people:
        old = await people.key(prefix)
        minted = mint(secrets.token_bytes)
        new = await people.rotate_key(old["id"], minted, lasts, datetime.now(UTC))
        return _with_key(new, minted, old["user"])


async def _revoke(prefix: str) -> tuple[Row, bool]:
    async with accounts("key revoke") as people:
        row = await people.key(prefix)
        return row, await people.revoke_key(row["id"])


def _with_key(row: Row, minted: Minted, user: str) -> Row:
    return row | {"key": minted.key, "user": user}
