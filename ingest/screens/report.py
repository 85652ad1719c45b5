"""What came of a crawl, for a person at a terminal."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console

from ingest.report.changes import Changes
from ingest.report.report import CrawlReport, Failure
from ingest.screens.progress import rate, span
from shared.counted import counted, named
from shared.terminal.legible import address, exact, sentence, words

SHOWN = 20
"""URLs of one kind; JSON has them all."""

_HEADINGS = {
    "published": "[bold green]published[/] {name}: {pages}",
    "unchanged": "[bold green]unchanged[/] {name}: {pages}; the served documentation is current",
    "held": "[bold yellow]held back[/] {name}: {held}",
    "failed": "[bold red]nothing to publish[/] for {name}: {still}",
    "interrupted": "[bold yellow]interrupted[/] {name}: {pages} found so far",
}


def show_report(console: Console, report: CrawlReport) -> None:
    """The whole report: counts, what changed, what was skipped and what failed, with reasons."""
    console.print(heading(report))
    if not report.found and report.outcome == "interrupted":
        return
    if report.outcome == "held":
        console.print(
            f"the previous documentation is still served; to serve this crawl instead: "
            f"[bold]ingest refresh {report.library_id}/{report.version} --force[/]",
            soft_wrap=True,
        )
    if report.outcome == "interrupted":
        console.print("the previous documentation is still served; run the same command again to resume")
    for count, what, note in _counts(report):
        console.print(f"[bold]{count:>9,}[/]  {what}{f'  [dim]{note}[/]' if note else ''}")
    if report.quarantined:
        console.print(
            f"[bold yellow]{report.quarantined:>9,}[/]  in quarantine: "
            f"[bold]ingest quarantine list {report.library_id}[/]"
        )
    if report.changes:
        _show_changes(console, report.changes)
    for reason, count in report.skipped.items():
        console.print(f"  [yellow]skipped[/] {count:,} × {words(reason)}")
    _show_failures(console, "[red]failed[/]", report.lost)
    _show_failures(console, "[yellow]dead link[/]", report.dead)
    show_failed_lists(console, report)
    for banner in report.banners:
        console.print(f"  left out of all pages: [dim]{words(banner)}[/]", soft_wrap=True)
    for folder in report.beside:
        console.print(
            f"  {counted(folder.links, 'link')} {'leads' if folder.links == 1 else 'lead'} to "
            f"[cyan]{address(folder.folder)}[/]: [bold]{sentence(folder.command)}[/]",
            soft_wrap=True,
        )
    if report.public:
        console.print(
            f"  the start page calls itself [cyan]{address(report.public)}[/]; if this site mirrors that one, "
            f"crawl it with [bold]--base-url {address(report.public)}[/]",
            soft_wrap=True,
        )
    _show_versions(console, report)
    console.print(f"[dim]in {span(report.seconds)}[/]")


def show_failed_lists(console: Console, report: CrawlReport) -> None:
    if report.failed_lists:
        console.print("  [red]unreadable lists[/]: pages that only they name are missing")
    for one in report.failed_lists:
        console.print(f"    {words(one.name)}: {address(one.url)}: {words(one.reason)}", soft_wrap=True)


def heading(report: CrawlReport) -> str:
    """What happened, in one line of markup."""
    return _HEADINGS[report.outcome].format(
        name=f"{exact(report.library_id)} {exact(report.version)}",
        pages=pages_given(report),
        held=words(report.held),
        still="the previous documentation is still served"
        if report.chunks
        else "nothing of it is served yet",
    )


def pages_given(report: CrawlReport) -> str:
    """`19 of 24 pages`: pages the site gave, of those it seems to have."""
    return f"{report.given:,} of {counted(report.wanted, 'page')}"


def _counts(report: CrawlReport) -> Iterator[tuple[int, str, str]]:
    busy = report.stages.get("crawl", 0) + report.stages.get("embed", 0)
    changes = report.changes or Changes()
    delta = f"{changes.chunks_added:+,} −{changes.chunks_removed:,}, " if report.changes else ""
    yield report.found, f"{named(report.found, 'URL')} found", ""
    yield report.pages, f"{named(report.pages, 'page')} kept", _resumed(report)
    yield report.fetched, "  new or changed", ""
    yield report.unchanged, "  unchanged", _unchanged(report)
    yield sum(report.skipped.values()), "skipped", ""
    yield len(report.lost), "failed", _kept_all_the_same(report.lost)
    if report.dead:
        yield (
            len(report.dead),
            f"{named(len(report.dead), 'dead link')} (404, 410)",
            _kept_all_the_same(report.dead),
        )
    if report.waiting:
        yield report.waiting, "not fetched yet", ""
    yield report.chunks, named(report.chunks, "chunk"), f"{delta}{counted(report.tokens, 'token')}"
    yield report.embedded, "embedded now", rate(report.embedded, busy) if report.embedded else ""


def _show_versions(console: Console, report: CrawlReport) -> None:
    versions = report.versions
    if not versions.others:
        return
    shown = ", ".join(exact(name) for name in versions.others[:SHOWN])
    more = f" and {len(versions.others) - SHOWN:,} more" if len(versions.others) > SHOWN else ""
    console.print(
        f"  other versions: [cyan]{shown}[/]{more}; add them with [bold]--version[/] or [bold]--all-versions[/]",
        soft_wrap=True,
    )
    if versions.latest and versions.latest != versions.own:
        console.print(f"  latest according to the site: [cyan]{exact(versions.latest)}[/]")


def _resumed(report: CrawlReport) -> str:
    if not report.resumed:
        return ""
    return f"{report.resumed:,} reused from the {'last crawl' if report.not_asked else 'interrupted run'}"


def _unchanged(report: CrawlReport) -> str:
    counted = (
        (report.not_modified, "not sent (304)"),
        (report.not_asked, "not requested again"),
        (report.equal, "sent with the same text"),
        (report.carried, "failed and kept as served"),
    )
    return "; ".join(f"{count:,} {what}" for count, what in counted if count)


def _kept_all_the_same(failures: Sequence[Failure]) -> str:
    """Of these failures, those whose page stays served."""
    kept = sum(failure.kept for failure in failures)
    return f"{kept:,} of them kept as served" if kept else ""


def _show_failures(console: Console, title: str, failures: Sequence[Failure]) -> None:
    for reason, group in _by_reason(failures[:SHOWN]).items():
        console.print(f"  {title} {words(reason)}")
        for failure in group:
            console.print(f"    {address(failure.url)}", soft_wrap=True)
    if len(failures) > SHOWN:
        console.print(f"  [dim]and {len(failures) - SHOWN:,} more: --json lists them all[/]")


def _show_changes(console: Console, changes: Changes) -> None:
    """Each page that is not what it was, under what became of it."""
    moved = [f"{move.old} → {move.new}" for move in changes.moved]
    for colour, what, lines in (
        ("green", "added", changes.added),
        ("cyan", "changed", changes.changed),
        ("cyan", "moved", moved),
        ("yellow", "gone, dropped if the next refresh does not find it", changes.missing),
        ("red", "removed", changes.removed),
    ):
        _show_list(console, f"[{colour}]{what}[/]", lines)


def _show_list(console: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    console.print(f"  {title} {len(lines):,}")
    for line in lines[:SHOWN]:
        console.print(f"    {address(line)}", soft_wrap=True)
    if len(lines) > SHOWN:
        console.print(f"    [dim]and {len(lines) - SHOWN:,} more: --json lists them all[/]")


def _by_reason(failures: Iterable[Failure]) -> dict[str, list[Failure]]:
    grouped: dict[str, list[Failure]] = {}
    for failure in failures:
        tries = f", after {failure.attempts} tries" if failure.attempts > 1 else ""
        listed = ", though the site lists it" if failure.gone and failure.listed else ""
        grouped.setdefault(f"{failure.reason}{tries}{listed}", []).append(failure)
    return grouped
