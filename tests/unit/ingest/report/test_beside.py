"""Where a site goes on just outside of what was crawled."""

from ingest.crawl.addresses.bounds import Bounds
from ingest.plan.order import Order
from ingest.report.beside import folders_beside
from shared.model.library import Library

ORDER = Order(
    Library("/acme/lids", "lids"),
    "latest",
    Bounds("http://site/guide", allow_private=True, exclude=("*/old/*",)),
)
SCOPE = ("/guide", "/guide/*")


def test_folders_are_named_by_what_all_their_links_share() -> None:
    beside = {"/v2/guide/": 30, "/v2/guide/lids/": 11, "/blog/2025/": 3, "/blog/2026/": 4, "/": 9}
    found = folders_beside(beside, SCOPE, ORDER, 100)
    assert [(one.folder, one.links) for one in found] == [("/v2/guide/", 41), ("/blog/", 7)]


def test_the_command_names_what_was_crawled_and_what_was_not() -> None:
    [one] = folders_beside({"/v2/guide/": 41}, SCOPE, ORDER, 1)
    assert one.command == (
        "ingest crawl /acme/lids http://site/guide --version latest --include /guide --include '/guide/*' "
        "--include '/v2/guide/*' --exclude '*/old/*' --allow-private"
    )


def test_a_branch_beside_the_scope_is_told_from_what_lies_above_it() -> None:
    found = folders_beside(
        {"/docs/api/a/": 6, "/docs/api/b/": 5, "/docs/": 8, "/shop/": 4}, ("/docs/guide/*",), ORDER, 50
    )
    assert [(one.folder, one.links) for one in found] == [("/docs/api/", 11), ("/docs/", 8)]


def test_a_few_links_are_worth_a_word_only_where_hardly_anything_was_crawled() -> None:
    assert folders_beside({"/blog/": 4}, SCOPE, ORDER, 50) == ()
    assert [one.folder for one in folders_beside({"/blog/": 4}, SCOPE, ORDER, 2)] == ["/blog/"]
    assert folders_beside({}, SCOPE, ORDER, 0) == ()
