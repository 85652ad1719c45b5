"""Sessions of PostgreSQL that wait for a lock: a call in the middle of its work."""

import time

import anyio

from shared.stores.postgres import Database

PATIENCE = 20.0
_WAITING = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""


async def waiting_session(database: Database) -> int:
    """The process id of a session that waits for a lock, as soon as there is one."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := await database.row(_WAITING):
            pid: int = found["pid"]
            return pid
        await anyio.sleep(0.01)
    raise TimeoutError("nobody waits for a lock")
