"""What a request of one URL comes to: a page, one that did not change, another URL's page, or none."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.crawl.addresses.traps import Traps
from ingest.crawl.addresses.urls import OUTSIDE, Scope
from ingest.crawl.duplicates import Duplicates
from ingest.crawl.entry import no_page
from ingest.crawl.events import Unmodified
from ingest.crawl.fetch.answer import Fetched, Known
from ingest.crawl.fetch.fetcher import Fetcher, NotWanted, RedirectDeclined
from ingest.crawl.frontier import TWICE, Frontier
from ingest.crawl.markdown_files import MarkdownFiles
from ingest.crawl.outcomes import Outcomes
from ingest.crawl.schedule import Schedule
from ingest.crawl.sign_in import leads_to_sign_in
from ingest.interstitials import reason_of
from ingest.interstitials.signs import SIGN_IN
from shared.errors import AddressRefused, FetchFailed, InvalidUrl


@dataclass(frozen=True, slots=True)
class Visits:
    """The parts of a crawl that a visit concerns."""

    fetcher: Fetcher
    scope: Scope
    known: Mapping[str, Known]
    """Pages that an earlier crawl kept: each is requested only if it has changed."""
    frontier: Frontier
    outcomes: Outcomes
    duplicates: Duplicates
    files: MarkdownFiles
    traps: Traps
    schedule: Schedule

    async def visit(self, url: str) -> None:
        """Request a URL that the frontier named."""
        if reason := self.traps.cut_off(url):
            self.outcomes.skip(url, reason)
            return
        known = self.known.get(url)
        try:
            fetched = await self.fetcher.get(
                url, admit=self._admit, wanted=no_page, validators=known.validators if known else None
            )
        except RedirectDeclined as error:
            self._declined(url, self.scope.home(error.target), error.why)
        except NotWanted as error:
            self.outcomes.skip(url, error.reason)
        except FetchFailed as error:
            self.schedule.failed(error.status)
            self.outcomes.fail(url, error.reason, error.attempts, error.status)
        except (AddressRefused, InvalidUrl) as error:
            self.outcomes.fail(url, str(error), 1)
        else:
            self.schedule.answered()
            self.arrived(url, fetched)

    def arrived(self, url: str, fetched: Fetched) -> None:
        """A URL was answered: it is a page, one that did not change, or another URL's."""
        landed = self.scope.home(fetched.url)
        if self.duplicates.leads_to_another(url, landed):
            self.duplicates.add(url, landed)
        elif (name := self.outcomes.read(url, landed)) is None:
            return
        elif not fetched.not_modified:
            self.outcomes.page(name, fetched)
        elif reason := self.known[name].unwanted:
            self.outcomes.skip(name, reason, answer=fetched)
        else:
            self.files.read(name)
            if self.duplicates.keep(name, self.known[name].content):
                self.outcomes.events.append(Unmodified(name, self.frontier.depth(name), fetched))

    def _declined(self, url: str, target: str, why: str) -> None:
        """A redirect that was not followed: where it leads is known, or of no interest, or a sign-in page."""
        if why == TWICE:
            self.duplicates.add(url, target)
        elif leads_to_sign_in(url, target):
            self.outcomes.fail(url, reason_of(SIGN_IN), 1)
        else:
            outside = "redirects out of the part of the site that is crawled"
            self.outcomes.skip(url, outside if why == OUTSIDE else why, target)

    async def _admit(self, target: str) -> str | None:
        return self.frontier.bars(self.scope.home(target))
