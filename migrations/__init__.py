"""The schema of PostgreSQL as numbered SQL files, forward only; applied by shared.stores.migrate."""
