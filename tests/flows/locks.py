"""PostgreSQL ends the connections that hold locks of a database, as it does when it restarts."""

import psycopg


def take_locks_away(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            """SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
        )
