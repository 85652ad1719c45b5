"""Pure: the folders just outside a crawl to which its pages lead, and the command that takes them in."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from posixpath import commonpath

from ingest.plan.order import Order
from ingest.report.report import Beside

MOST = 3
FEWEST = 5
"""Links to a folder that are worth a word; fewer where the crawl itself has as few pages."""


def folders_beside(
    beside: Mapping[str, int], scope: Iterable[str], order: Order, pages: int
) -> tuple[Beside, ...]:
    """Those that most links lead to. `beside` counts links by folder, `scope` are the globs of what was crawled."""
    globs = list(scope)
    found = _grouped(beside, [glob.rstrip("*") for glob in globs])
    worth = [
        (folder, links) for folder, links in found.most_common(MOST) if links >= min(FEWEST, max(pages, 1))
    ]
    return tuple(Beside(folder, links, _command(order, [*globs, f"{folder}*"])) for folder, links in worth)


def _grouped(beside: Mapping[str, int], scope: list[str]) -> Counter[str]:
    """Folders that part from the scope at the same place, as the deepest folder that holds them all."""
    branches: defaultdict[str, list[str]] = defaultdict(list)
    for folder in beside:
        branches[max((_parting(folder, one) for one in scope), key=len, default="/")].append(folder)
    groups: Counter[str] = Counter()
    for folders in branches.values():
        groups[f"{commonpath(folders).rstrip('/')}/"] += sum(beside[folder] for folder in folders)
    groups.pop("/", None)
    return groups


def _parting(folder: str, scope: str) -> str:
    """The part of a folder up to the first name that it does not share with the scope."""
    names, theirs = folder.split("/")[1:-1], scope.split("/")[1:]
    shared = next(
        (at for at, (one, other) in enumerate(zip(names, theirs, strict=False)) if one != other),
        min(len(names), len(theirs)),
    )
    return "/" + "".join(f"{name}/" for name in names[: shared + 1])


def _command(order: Order, include: list[str]) -> str:
    """The crawl that was ordered, with more of the site."""
    bounds = order.bounds
    options = [("--include", glob) for glob in include] + [("--exclude", glob) for glob in bounds.exclude]
    options += [("--language", one) for one in bounds.languages] + [
        ("--allow", one) for one in bounds.allowed
    ]
    options += [("--base-url", bounds.base_url)] if bounds.base_url else []
    words = ["ingest", "crawl", order.library.id, bounds.start_url, "--version", order.version]
    words += [word for option in options for word in option]
    words += ["--allow-private"] if bounds.allow_private else []
    return shlex.join(words)
