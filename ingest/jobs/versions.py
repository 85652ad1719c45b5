"""Which versions of a library are crawled, and where each of them begins."""

from dataclasses import replace

from ingest.crawl.addresses.site_versions import named_version, same_version, spoken
from ingest.crawl.offers import find_version, offered_versions
from ingest.jobs.page_crew import page_crew
from ingest.plan.crawl_plan import plan_of
from ingest.plan.order import Order
from shared.errors import VersionUnknown
from shared.model.library import LATEST
from shared.settings import IngestSettings


def default_label(start_url: str) -> str:
    """The version under which a site is served if none is ordered: the one that its address names."""
    return named_version(start_url) or LATEST


async def at_its_version(order: Order, settings: IngestSettings, *, given: bool) -> Order:
    """The order, at the part of the site that describes the version ordered.

    Where the operator gives the URL (`given`) and it names a version, it is crawled as it is;
    where the site has but one version, too. Raises VersionUnknown, and what entering the site raises.
    """
    named = named_version(order.bounds.start_url)
    if named and (given or same_version(named, order.version)):
        return order
    async with page_crew(settings, workers=1) as workers:
        found, offered = await find_version(plan_of(order, settings), order.version, workers.run)
    if found:
        return replace(order, bounds=replace(order.bounds, start_url=found))
    if not given and offered.own and not same_version(offered.own, order.version):
        names = [offered.own, *(one.name for one in offered.others)]
        hint = f"name its start page: ingest crawl {order.library.id} URL --version {order.version}"
        raise VersionUnknown(order.library.id, order.version, names, hint)
    return order


async def all_versions(order: Order, settings: IngestSettings) -> list[Order]:
    """An order for each version that the site names by a number, and first the one of the start page.

    Raises what entering the site raises.
    """
    async with page_crew(settings, workers=1) as workers:
        offered = await offered_versions(plan_of(order, settings), workers.run)
    numbered = [one for one in offered.others if any(map(str.isdigit, one.name))]
    return [
        order,
        *(
            replace(
                order,
                version=spoken(one.name),
                bounds=replace(order.bounds, start_url=offered.start_of(one)),
            )
            for one in numbered
        ),
    ]
