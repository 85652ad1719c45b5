"""Documentation sites that Debian packages hold: served over loopback, without the inventory that is asked about."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.site import Reply, Site

ROOT = Path(__file__).parent.parent
PLACES = (Path("/usr/share/doc"), ROOT / ".cache/debian/usr/share/doc")
"""Where packages are unpacked: installed, or by `dpkg -x` for those who may not install."""
INVENTORY = "objects.inv"


@dataclass(frozen=True, slots=True)
class Documentation:
    """The documentation of one library as a Debian package ships it."""

    name: str
    library_id: str
    version: str
    package: str
    folder: str
    """Below `/usr/share/doc`; its index.html is the start page."""

    @property
    def directory(self) -> Path | None:
        """Where it is on this machine, if it is."""
        folders = [place / self.folder for place in PLACES]
        return next((folder for folder in folders if (folder / "index.html").is_file()), None)


DOCUMENTATIONS = {
    one.name: one
    for one in (
        Documentation("celery", "/celery/celery", "5.2", "python-celery-doc", "python-celery-doc/html"),
        Documentation("click", "/pallets/click", "8.1", "python-click-doc", "python-click-doc/html"),
        Documentation("django", "/django/django", "3.2", "python-django-doc", "python-django-doc/html"),
        Documentation("flask", "/pallets/flask", "2.2", "python-flask-doc", "python-flask-doc/html"),
        Documentation("git", "/git/git", "2.39", "git-doc", "git-doc"),
        Documentation("postgres", "/postgres/postgres", "15", "postgresql-doc-15", "postgresql-doc-15/html"),
        Documentation("python", "/python/cpython", "3.11", "python3.11-doc", "python3.11/html"),
        Documentation(
            "sqlalchemy",
            "/sqlalchemy/sqlalchemy",
            "1.4",
            "python-sqlalchemy-doc",
            "python-sqlalchemy-doc/html",
        ),
        Documentation("sqlite", "/sqlite/sqlite", "3.40", "sqlite3-doc", "sqlite3"),
    )
}


def crawl(documentation: Documentation, environment: Mapping[str, str]) -> None:
    """Publish it, by the operator's command; SystemExit if it is not on this machine."""
    directory = documentation.directory
    if directory is None:
        raise SystemExit(
            f"{documentation.package} is not here: `make corpus`, or unpack it into .cache/debian"
        )
    with served(directory) as url:
        command = ["crawl", documentation.library_id, url, "--version", documentation.version]
        subprocess.run(
            [sys.executable, "-m", "ingest", *command, "--allow-private", "--concurrency", "8"],
            env=dict(environment),
            cwd=ROOT,
            stdout=sys.stderr,
            check=False,  # dead links in a package make the crawl incomplete, and no less useful
        )


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """The start URL of a site. A crawl must not see the inventory: it would be both index and answer."""
    with Site({f"/{INVENTORY}": Reply("<h1>Not found</h1>", status=404)}, directory) as site:
        yield f"{site.url}/"
