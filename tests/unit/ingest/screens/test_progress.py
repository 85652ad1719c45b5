"""What a person sees of a crawl that runs, on a terminal."""

import io
import re

from rich.console import Console

from ingest.report.report import Progress
from ingest.screens.progress import shown


def test_what_was_counted_stays_to_be_seen_while_the_index_is_built() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, height=24, color_system=None)
    with shown(console, "crawling /a/b", lambda: 7.0) as show:
        show(Progress(stage="embedding", found=9, fetched=8, failed=1, outcomes=9, chunks=40, embedded=20))
        show(Progress(stage="indexing", found=8, chunks=40, embedded=40))
    seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    last = seen[seen.rindex("crawling /a/b") :]

    assert "9 of 9" in last
    assert "indexing" in last
    assert "40 of 40" in last
    assert "8 fetched" in last
    assert "1 failed" in last
