"""Named statements in .sql files: each begins with a line `-- name: its_name`.

One that writes, and may be done twice, goes on with a line `-- repeatable: why`, which stays part of it.
"""

from importlib.resources import files


def load(package: str, file: str = "queries.sql") -> dict[str, str]:
    """The statements of a file beside a package's modules, by name."""
    statements: dict[str, str] = {}
    for part in files(package).joinpath(file).read_text("utf-8").split("-- name: ")[1:]:
        name, _, statement = part.partition("\n")
        statements[name.strip()] = statement.strip().rstrip(";")
    return statements
