from hypothesis import example, given
from hypothesis import strategies as st

from ingest.crawl.addresses.urls import Scope, join
from shared.errors import InvalidUrl
from shared.guard.urls import normalise

_SIGNS = st.text("http://:@[]%\\?#.;&=+ab10- \t\n\x00é①", max_size=30)


@given(st.one_of(st.text(), _SIGNS, _SIGNS.map("http://h/".__add__), _SIGNS.map("http://".__add__)))
@example("http://t[]x@")
@example("http://h/%")
def test_any_text_is_refused_or_has_one_spelling(text: str) -> None:
    try:
        url = normalise(text)
    except InvalidUrl:
        return
    assert normalise(url) == url
    assert url.startswith(("http://", "https://"))
    assert "#" not in url


@given(st.one_of(st.text(), _SIGNS))
def test_any_reference_of_a_page_is_refused_or_joined(reference: str) -> None:
    try:
        url = join("http://h/docs/a.html?x=1", reference)
    except InvalidUrl:
        return
    assert normalise(url) == url
    Scope.around("http://h/docs/").admits(url)
