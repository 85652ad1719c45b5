import pytest

from ingest.extract.page import extract

PAGE = "<html><head>{head}</head><body><main><h1>Larder</h1><p>Words of the page itself.</p>{body}</main></body></html>"


def is_post(path: str = "/docs/larder", head: str = "", body: str = "") -> bool:
    page = PAGE.format(head=head, body=body).encode()
    return extract(page, f"https://larder.example{path}").document.post


def linked_data(said: str) -> str:
    return f'<script type="application/ld+json">{said}</script>'


@pytest.mark.parametrize(
    "path",
    ["/blog/larder-2", "/blog/2026/larder", "/en/blog/larder-2/", "/project/news/larder", "/announcements/larder",
     "/2026/11/30/larder", "/stories/2026/11/larder.html"],
)  # fmt: skip
def test_a_page_that_lies_with_posts_is_one(path: str) -> None:
    assert is_post(path)


@pytest.mark.parametrize(
    "path",
    ["/tutorial/blog/", "/en/stable/tutorial/blog/views", "/docs/blog/authors", "/api/news/list", "/blog", "/blog.html",
     "/docs/2026.11/larder", "/weblog/larder", "/v/2026/110/larder", "/news"],
)  # fmt: skip
def test_a_lesson_about_a_blog_is_none(path: str) -> None:
    assert not is_post(path)


@pytest.mark.parametrize(
    "said",
    [
        '{"@context": "https://schema.org", "@type": "BlogPosting", "headline": "Larder 2"}',
        '[{"@type": "WebSite"}, {"@type": ["Article", "NewsArticle"]}]',
        '{"@graph": [{"@type": "WebPage"}, {"@type": "BlogPosting"}]}',
    ],
)
def test_a_page_that_calls_itself_one_in_linked_data_is_one(said: str) -> None:
    assert is_post(head=linked_data(said))


def test_linked_data_that_cannot_be_read_keeps_nothing_from_what_else_is_there() -> None:
    assert is_post(head=linked_data("{") + linked_data('{"@type": "BlogPosting"}'))


def test_a_page_that_calls_itself_one_in_microdata_is_one() -> None:
    assert is_post(
        body='<article itemscope itemtype="https://schema.org/BlogPosting"><p>Words.</p></article>'
    )


@pytest.mark.parametrize(
    "said",
    ['{"@type": "TechArticle"}', "{", "7", '{"@graph": "BlogPosting"}', '[["BlogPosting"]]', '{"@type": {"a": 1}}',
     "[" * 100_000, '{"@type": "BlogPosting", "text": "' + "x" * 200_000 + '"}'],
)  # fmt: skip
def test_other_linked_data_makes_none_and_costs_nothing(said: str) -> None:
    assert not is_post(head=linked_data(said))
