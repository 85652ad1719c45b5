"""`lectern-admin migrate`: the schema, and the rights of its roles."""

from admin.commands.session import session
from shared.accounts.roles import Roles
from shared.accounts.usage import Usage
from shared.counted import counted
from shared.errors import SchemaMismatch
from shared.stores import migrate as migrations
from shared.stores.schema import Mended, named
from shared.terminal.console import output
from shared.terminal.ending import fail, run
from shared.terminal.legible import words


def migrate() -> None:
    """Migrate the database to this version's schema, repair what is missing, and renew the rights of the roles.

    $ lectern-admin migrate
    """
    applied, mended, renewed = run(_migrate())
    for name in applied:
        output().print(f"[green]applied[/] {name}")
    for part in mended.made:
        output().print(f"[green]mended[/] {words(str(part))}")
    if mended.left:
        raise fail(SchemaMismatch(named(mended.left), "restore a backup, or create it as the migrations do"))
    said = f"{counted(len(applied), 'migration')} applied." if applied else "The database is up to date."
    output().print(said + (" The roles have their rights." if renewed else ""))


async def _migrate() -> tuple[list[str], Mended, bool]:
    async with session("migrate") as stores, stores.bare_database() as database:
        applied = await migrations.migrate(database)
        mended = await migrations.mend(database)
        if mended.left:
            return applied, mended, False
        await Usage(database).make_partitions()
        return applied, mended, await Roles(database).renew()
