"""The exact text an assistant reads, except passages, which frame.py shows. Pure."""

from collections.abc import Sequence

from shared.model.answer import LibraryMatch

ENTRY_SEPARATOR = "\n" + "-" * 10 + "\n"

EMPTY_QUESTION = (
    "The query is empty. Ask a full question, for example: How do I return JSON from a view function?"
)
STALE_CURSOR = (
    "This cursor belongs to another query, or the documentation has changed since. "
    "Send the query again without a cursor."
)
EMPTY_NAME = "The library name is empty. Give the name of a library, for example: Flask"


def libraries_text(matches: Sequence[LibraryMatch]) -> str:
    """The answer of `resolve-library-id`, best match first."""
    return "Available Libraries:\n\n" + ENTRY_SEPARATOR.join(map(_entry, matches))


def no_library_text(name: str, waiting: Sequence[str] = (), guesses: Sequence[str] = ()) -> str:
    """No library has this name. `waiting` are ids that have it and are not indexed yet.

    `guesses` are such ids with a similar name.
    """
    if waiting:
        return (
            f"{_short(name)!r} is {_listed(waiting)}, but its documentation is not indexed yet: "
            f"run `ingest crawl {waiting[0]}`."
        )
    if guesses:
        return (
            f"No library here matches {_short(name)!r}. If {_listed(guesses)} is meant, its documentation "
            f"is not indexed yet: run `ingest crawl {guesses[0]}`."
        )
    return f"No library matches {_short(name)!r}. Try its usual name, or the name of its project or vendor."


def no_id_text(line: str) -> str:
    """The argument is not an id; `line` says why."""
    return f"{line}. Call resolve-library-id with the library's name to get one."


def two_versions_text(in_id: str, beside: str) -> str:
    """The id and the argument beside it name different versions."""
    return f"Two versions are given: {in_id} in the id, {beside} as the version. Give one of them."


def unknown_library_text(library_id: str, near: Sequence[str]) -> str:
    """No such id; `near` are ids that look like it."""
    guess = f" Did you mean {_listed(near)}?" if near else ""
    return (
        f"There is no library {_short(library_id)} here.{guess} "
        "Call resolve-library-id with the library's name to get an id that exists."
    )


def unknown_version_text(library_id: str, version: str, available: Sequence[str]) -> str:
    """No such version; `available` are the versions that exist."""
    if not available:
        return (
            f"The documentation of {library_id} is not indexed yet: run `ingest crawl {library_id}`, "
            "or call resolve-library-id to find another library."
        )
    return (
        f"There is no version {_short(version)} of {library_id} here. "
        f"Available: {_listed(available)}. "
        f"Pin one as {library_id}/{available[0]}, or ask {library_id} for the default version."
    )


def nothing_found_text(library_id: str, version: str, tokens: int, *, further: bool = False) -> str:
    """The search found nothing, or nothing that fits into `tokens`; `further`: beyond what the cursor has read."""
    return (
        f"Nothing {'more ' if further else ''}that fits into {tokens} tokens was found in {library_id} "
        f"(version {version}) for this query. Rephrase it with the name of the function, the option or the error "
        f"message, or allow more tokens{' with the same cursor' if further else ''}."
    )


def _entry(match: LibraryMatch) -> str:
    fields = {
        "Title": match.title,
        "Context7-compatible library ID": match.id,
        "Description": match.description,
        "Code Snippets": str(match.snippets),
        "Versions": ", ".join(match.versions),
        "Missing Version": "" if match.pinned_version else match.asked_version or "",
        "Source": match.source,
    }
    return "\n".join(f"- {name}: {' '.join(value.split())}" for name, value in fields.items() if value)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _short(text: str, limit: int = 100) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
