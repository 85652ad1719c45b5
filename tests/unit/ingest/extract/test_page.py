"""Pages become Markdown: whole pages of known generators, and what must survive or go on any page."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.extract import extract
from shared.errors import InterstitialPage, NotADocument, NoText
from shared.model.document import ExtractedPage, Section

CORPUS = Path(__file__).parents[3] / "corpus" / "extract"
PAGES = sorted(path.stem for path in CORPUS.glob("*.html"))
URL = "https://docs.example/guide/page.html"


def of(html: str, url: str = URL) -> ExtractedPage:
    return extract(html.encode(), url)


def markdown(html: str) -> str:
    return of(html).document.markdown


def sections(html: str) -> list[Section]:
    return list(of(html).document.sections)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_each_generator_becomes_the_markdown_that_is_kept_beside_it(name: str) -> None:
    document = extract((CORPUS / f"{name}.html").read_bytes(), f"https://docs.example/{name}.html").document
    expected = json.loads((CORPUS / f"{name}.json").read_text())
    assert document.generator == (None if name == "handmade" else expected.get("generator", name))
    assert document.title == expected["title"]
    assert [[one.level, one.heading, one.anchor, one.symbol] for one in document.sections] == expected[
        "sections"
    ]
    assert document.markdown == (CORPUS / f"{name}.md").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_a_section_names_the_line_on_which_its_heading_stands(name: str) -> None:
    document = extract((CORPUS / f"{name}.html").read_bytes(), URL).document
    headings = [token for token in MarkdownIt().parse(document.markdown) if token.type == "heading_open"]
    begun = {one.line for one in document.sections}  # a call-out's heading begins no section
    assert [(one.line, one.level) for one in document.sections] == [
        (token.map[0], int(token.tag[1])) for token in headings if token.map and token.map[0] in begun
    ]


def test_the_same_page_without_its_generators_name_is_still_recognised() -> None:
    page = (CORPUS / "docusaurus.html").read_text().replace('name="generator"', 'name="x"')
    assert of(page).document.generator == "docusaurus"


def test_an_anchor_is_found_wherever_it_stands() -> None:
    html = """<main><h1 id="own">Own</h1>
    <section id="sect"><h2>Of its section</h2><p>x</p></section>
    <h2>Inner<a id="inner"></a></h2><p>x</p>
    <a name="before"></a><h2>Before</h2><p>x</p>
    <div id="content"><h2>Of the frame</h2></div>
    <section id="outer"><h2 id="shown">Shown<a href="#outer">#</a></h2></section></main>"""
    assert [(one.heading.rstrip("#"), one.anchor) for one in sections(html)] == [
        ("Own", "own"),
        ("Of its section", "sect"),
        ("Inner", "inner"),
        ("Before", "before"),
        ("Of the frame", None),
        ("Shown", "outer"),
    ]


def test_headings_stand_free_of_lists_tables_and_links() -> None:
    html = (
        "<main><ul><li><h2>One</h2>a</li></ul><table><tr><td><h3>Two</h3></td><td>b</td></tr></table>"
        "<a href=x><h2>Three</h2></a>"
    )
    assert markdown(html) == "## One\n\na\n\n### Two\n\nb\n\n## Three\n"


def test_code_in_a_table_and_in_a_quotation_keeps_its_lines() -> None:
    html = (
        "<main><table><tr><td>a</td><td><pre>x\n  y</pre></td></tr></table>"
        "<blockquote><pre>z</pre></blockquote></main>"
    )
    assert markdown(html) == "a\n\n```\nx\n  y\n```\n\n```\nz\n```\n"


def test_a_type_is_one_run_of_text_without_links_to_the_names_in_it() -> None:
    html = (
        "<main><p>text (<a href='https://python.example/typing.html#Optional' title='(in Python v3.11)'>"
        "<em>Optional</em></a><em>[</em><a href='api.html#click.Path'><em>click.Path</em></a><em>, </em>"
        "<em>...</em><em>]</em>) and <em>this</em> <em>and that</em>, "
        "<a href='https://python.example/'><em>elsewhere</em></a>.</p></main>"
    )
    assert markdown(html) == (
        "text (*Optional[click.Path, ...]*) and *this* *and that*, [*elsewhere*](https://python.example/).\n"
    )


def test_two_notes_in_a_row_stay_two() -> None:
    html = "<main><p>t</p><div class=note><p>a</p></div><div class=warning><p>b</p></div></main>"
    assert markdown(html) == "t\n\n> **Note:** a\n\n> **Warning:** b\n"


def test_hidden_text_comments_and_invisible_characters_are_dropped() -> None:
    html = (
        "<main><p>Se&#8203;en&shy;\u202e\U000e0041.</p><!-- obey --><p hidden>obey</p><p style='display: none'>obey</p>"
        "<p aria-hidden=true>obey</p><template>obey</template><noscript>obey</noscript><script>obey</script></main>"
    )
    assert markdown(html) == "Seen.\n"


def test_our_own_marks_cannot_be_forged() -> None:
    assert (
        markdown("<main><p>a &#xE000;0&#xE001; \ue0000\ue001 b</p><pre>c</pre></main>")
        == "a 0 0 b\n\n```\nc\n```\n"
    )


def test_text_that_looks_like_html_is_kept_from_being_html() -> None:
    html = "<main><p>&lt;div> opens</p><h2>The &lt;b> of *args and __init__</h2><pre>after</pre></main>"
    assert (
        markdown(html) == "\\<div> opens\n\n## The \\<b> of \\*args and \\_\\_init\\_\\_\n\n```\nafter\n```\n"
    )
    assert sections(html)[0].heading == "The <b> of *args and __init__"


def test_links_come_from_the_whole_page_absolute_and_once() -> None:
    page = of(
        "<base href='/other/'><nav><a href='a.html#x'>a</a><a href='a.html#y'>a</a></nav><main><p>t "
        "<a href='mailto:x@y'>m</a> <a href='javascript:x'>j</a> <a href='http://[bad'>b</a> "
        "<a href='//cdn.example/z'>z</a>"
        "<a href='#here'>h</a></p></main>"
    )
    assert page.links == ("https://docs.example/other/a.html", "https://cdn.example/z")


def test_a_page_says_what_a_crawler_may_do() -> None:
    page = of(
        "<html lang=pt-BR><head><link rel=canonical href='/c.html#x'>"
        "<meta name=ROBOTS content='NOINDEX, nofollow'></head><p>t"
    )
    assert (page.canonical, page.noindex, page.nofollow) == ("https://docs.example/c.html", True, True)
    assert page.document.language == "pt-BR"


def test_the_document_of_a_page_that_is_not_to_be_kept_may_be_left_out() -> None:
    body = b"<html lang=de><meta name=robots content=noindex><main><p>text <a href=/b.html>b</a></main>"
    page = extract(body, "https://docs.example/a.html", unindexed=False)
    assert (page.noindex, page.links) == (True, ("https://docs.example/b.html",))
    assert (page.document.markdown, page.document.language) == ("", "de")


def test_a_stub_that_redirects_leads_on_whether_it_is_to_be_kept_or_not() -> None:
    body = b"<meta name=robots content=noindex><meta http-equiv=refresh content='0; url=/new.html'>"
    with pytest.raises(NotADocument) as caught:
        extract(body, "https://docs.example/old.html", unindexed=False)
    assert caught.value.links == ("https://docs.example/new.html",)


def test_a_generators_index_page_is_not_to_be_kept() -> None:
    page = (CORPUS / "sphinx.html").read_bytes()
    assert extract(page, "https://docs.example/genindex.html").noindex
    assert extract(page, "https://docs.example/_modules/index.html").noindex
    assert not extract(page, "https://docs.example/_modules/gadget.html").noindex
    assert not extract(page, "https://docs.example/api/index.html").noindex


@pytest.mark.parametrize(
    ("title", "heading", "expected"),
    [
        ("Install | Rocket", "Install", "Install"),
        ("Rocket: Install", "Install", "Install"),
        ("Rocket - Install it", "Install", "Install"),
        ("Rocket - Install it", "Get it", "Rocket"),
        ("Use <code>go()</code> :: Rocket", "Use go()", "Use go()"),
        ("API — Flask Documentation (2.2.x)", "Other", "API"),
        ("Rocket", "Welcome", "Welcome"),
        ("", "Welcome", "Welcome"),
    ],
)
def test_a_title_goes_without_the_sites_name(title: str, heading: str, expected: str) -> None:
    assert of(f"<title>{title}</title><main><h1>{heading}</h1><p>x</p></main>").document.title == expected


def test_a_site_may_say_its_own_name() -> None:
    site = "<meta property='og:site_name' content=Rocket><title>Rocket | Install it</title>"
    assert of(f"{site}<main><h1>Get it</h1><p>x</p></main>").document.title == "Install it"


def test_the_language_may_stand_on_the_body() -> None:
    assert of("<html><body lang=ja><p>x</p></body>").document.language == "ja"


def test_a_page_of_unknown_make_loses_its_menus() -> None:
    menu = "<ul class='site-menu'><li><a href=a>A</a><li><a href=b>B</a></ul>"
    prose = "<div id=text><h1>T</h1><p>Words that are no links at all, and enough of them.</p></div>"
    assert (
        markdown(f"<body><div>{menu}</div>{prose}")
        == "# T\n\nWords that are no links at all, and enough of them.\n"
    )


def test_a_page_without_landmarks_is_read_where_its_prose_stands() -> None:
    sentences = "".join(
        f"<p>Sentence {n} explains at some length how a rocket is fuelled.</p>" for n in range(9)
    )
    slogans = "<p>Rockets for everyone, everywhere</p>" * 3
    page = f"<body><div class=top>{slogans}</div><div><h1>Fuel</h1>{sentences}<pre>rocket.fuel()</pre></div>"
    read = markdown(page)
    assert "Sentence 8" in read
    assert "rocket.fuel()" in read
    assert "everyone" not in read


def test_several_articles_are_one_page() -> None:
    assert markdown("<div><article><p>a</p></article><article><p>b</p></article></div>") == "a\n\nb\n"


def test_a_redirecting_stub_has_its_target_as_only_link() -> None:
    with pytest.raises(NoText, match="no text") as caught:
        of("<meta http-equiv=refresh content='0; url=new/page.html#x'><a href=other.html>go</a>")
    assert caught.value.links == ("https://docs.example/guide/new/page.html",)


def test_a_page_without_text_still_gives_its_links() -> None:
    with pytest.raises(NoText, match="no text") as caught:
        of("<nav><a href=a.html>a</a></nav><div id=root></div>")
    assert caught.value.links == ("https://docs.example/guide/a.html",)


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7 x", b'{"a": 1}', b"<?xml version='1.0'?><rss/>", b"\x89PNG\r\n\x1a\n\x00"]
)
def test_what_is_not_a_page_is_refused(body: bytes) -> None:
    with pytest.raises(NotADocument, match="not HTML"):
        extract(body, URL)


def test_deep_nesting_is_flattened_not_lost() -> None:
    html = "<h1>T</h1>" + "<div><span>" * 450 + "deep" + "</span></div>" * 450 + "<p>after</p>"
    assert markdown(html) == "# T\n\ndeep\n\nafter\n"


def test_markdown_is_taken_as_it_is() -> None:
    front = "---\ntitle: Guide\n---\n<!-- hidden -->\nHead\n====\n"
    rest = "\nSee [b](b.md#x).\n\n```sh\n# no heading\n```\n\n## Two {#two}\n"
    page = extract((front + rest).encode(), "https://docs.example/guide.md")
    assert page.document.title == "Guide"
    assert page.document.markdown == "\n# Head\n\n" + rest
    assert page.document.sections == (Section("Head", 1, None, 1), Section("Two", 2, "two", 10))
    assert page.links == ("https://docs.example/b.md",)


PIECES = """
<div> </div> <p> <h2> </h2> <pre> </pre> <table> <tr> <td> </table> <dl> <dt> <dd> <ul> <li> <a_href='['> <br> <math>
<blockquote> <code> </code> <div_class=note> <dt_class=sig_id=a.b> &#0; &#xD800; <!-- --> <base_href=:> # ` * x
"""


@given(st.lists(st.sampled_from([piece.replace("_", " ") for piece in PIECES.split()]), max_size=40))
@settings(deadline=None, max_examples=150)
def test_broken_markup_is_never_an_error(pieces: list[str]) -> None:
    try:
        document = of("<link href='_static/pygments.css'><body>" + "text ".join(pieces)).document
    except NotADocument:
        return
    lines = document.markdown.split("\n")
    assert all(lines[one.line].startswith("#" * one.level + " ") for one in document.sections)
    assert not any("\ue000" <= character <= "\ue002" for character in document.markdown)


@pytest.mark.parametrize(
    "script",
    ["location.href = './new/'", 'window.location.replace("/new/" + location.hash)', "document.location='new/'",
     "setTimeout(function(){ top.location.assign(`/new/`) }, 0)", "if (1) { location = 'http://site/new/' }"],
)  # fmt: skip
def test_a_stub_that_leads_on_by_a_script_is_no_document(script: str) -> None:
    stub = f"<html><body><p>This page has moved: <a href='/new/'>go on</a>.</p><script>{script}</script></body></html>"
    with pytest.raises(NoText, match="no text") as caught:
        extract(stub.encode(), "http://site/")
    assert caught.value.links == ("http://site/new/",)


@pytest.mark.parametrize(
    "body",
    [
        "<p>A jar.</p><script>if (location.href == '/new/') open()</script>",
        "<p>A jar.</p><script>el.location = '/new/'; mylocation = '/new/'</script>",
        f"<p>{'A jar keeps what is in it. ' * 10}</p><script>location = '/new/'</script>",
        "<p>A jar.</p><pre>open jar</pre><script>location = '/new/'</script>",
        "<a href=1>1</a> <a href=2>2</a> <a href=3>3</a><script>location = '/new/'</script>",
    ],
)
def test_a_page_with_a_script_that_may_lead_on_is_a_document(body: str) -> None:
    assert extract(
        f"<html><body><h1>Jars</h1>{body}</body></html>".encode(), "http://site/"
    ).document.markdown


def test_an_interstitial_is_known_before_anything_that_its_page_says() -> None:
    page = (
        '<html><head><meta name="robots" content="noindex"><script id="anubis_challenge">{}</script></head>'
        '<body><h1>One moment</h1><a href="/trap">go on</a></body></html>'
    )
    with pytest.raises(InterstitialPage) as caught:
        extract(page.encode(), "http://site/")
    assert caught.value.reason == "a guard answered (Anubis), needs --header"
    assert caught.value.links == ()
