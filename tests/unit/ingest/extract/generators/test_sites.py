"""Markup of real documentation sites that breaks naive converters."""

import json

import pytest

from ingest.extract import extract
from shared.errors import NoText
from shared.model.document import ExtractedPage

URL = "https://docs.example/guide/page.html"


def of(html: str) -> ExtractedPage:
    return extract(html.encode(), URL)


def markdown(html: str) -> str:
    return of(f"<main>{html}</main>").document.markdown


@pytest.mark.parametrize(
    "code",
    [
        "<pre>a<br>&nbsp;&nbsp;b<br>c</pre>",
        "<pre><code><div>a</div><div>  b</div><div>c</div></code></pre>",
        "<pre><code><span class=code-line>a</span><span class=code-line>  b</span><i class=code-line>c</i>",
        "<pre><code><p>a</p><p>  b</p><p>c</p></code></pre>",
        "<pre><i class=highlight-line>a</i><i class=highlight-line>  b</i><i class=highlight-line>c</i></pre>",
        "<pre><i class=line><i class=line-number></i>a\n</i><i class=line>  b\n</i><i class=line>c</i></pre>",
        "<pre><code><b class=token-line><i class='token request-line'>a</i><br></b><b class=token-line>  "
        "<i class='token line'>b</i><br></b><b class=token-line>c<br></b></code></pre>",
        "<pre><i class=line><u>a</u>\n<i class=line>  </i><u>b</u></i>\n<i class=line>c</i></pre>",
        "<pre><i class=line><u>a</u>\n<i class=line>  b</i></i>\n<i class=line>c</i>\n</pre>",
        "<pre><span class=ln>1</span>a\n<span class=ln>2</span>  b\n<span class=ln>3</span>c</pre>",
        "<pre><b aria-hidden=true>1</b>a\n<b aria-hidden=true>2</b>  b\n<b aria-hidden=true>3</b>c</pre>",
    ],
)
def test_lines_of_code_are_those_that_a_reader_sees(code: str) -> None:
    assert markdown(code) == "```\na\n  b\nc\n```\n"


@pytest.mark.parametrize(
    "code",
    [
        "<div><code>a<br>&nbsp;&nbsp;b</code></div>",
        "<div class=editor><div class=cm-content><div class=cm-line>a</div><div class=cm-line>  b</div></div></div>",
    ],
)
def test_code_that_is_in_no_pre_is_a_block_where_it_has_lines(code: str) -> None:
    assert markdown(code) == "```\na\n  b\n```\n"


@pytest.mark.parametrize(
    "popup",
    [
        "<span class=twoslash-hover><i class=twoslash-popup-container><code>let port: number</code></i>port</span>",
        "<span class=has-tip>port<span class=tooltiptext>let port: number</span></span>",
        "<span>port<span role=tooltip>let port: number</span></span>",
        "<span data-x>port<div class='hover-card'><p>let port: number</p></div></span>",
    ],
)
def test_what_pops_up_over_a_token_is_no_code(popup: str) -> None:
    assert markdown(f"<pre><code>const {popup} = 1</code></pre>") == "```\nconst port = 1\n```\n"


@pytest.mark.parametrize("fold", ["3 collapsed lines", "Show 12 more lines", "1 line hidden", "Expand code"])
def test_lines_that_are_folded_away_are_code_and_what_opens_them_is_none(fold: str) -> None:
    folded = (
        f"<details><summary><div class=ec-line>{fold}</div></summary><div class=ec-line>a</div></details>"
    )
    assert markdown(f"<pre><code>{folded}<div class=ec-line>b</div></code></pre>") == "```\na\nb\n```\n"


def test_a_line_that_opens_others_is_code() -> None:
    opened = "<details><summary>{</summary>  1 line\n}</details>"
    assert markdown(f"<pre>{opened}</pre>") == "```\n{\n  1 line\n}\n```\n"


def test_an_error_that_is_said_below_a_line_is_no_code() -> None:
    error = "<div class='twoslash-error-box x'><span class=title>Error ts(2322)</span><span>No number.</span></div>"
    line = f"<div class=ec-line><div class=code>a = 1<span class=twoerror>{error}</span></div></div>"
    assert markdown(f"<pre><code>{line}<div class=ec-line>b</div></code></pre>") == "```\na = 1\nb\n```\n"


def test_a_prompt_hidden_from_screen_readers_is_seen_by_others() -> None:
    assert markdown("<pre><span aria-hidden=true>$ </span>ls -l</pre>") == "```\n$ ls -l\n```\n"


@pytest.mark.parametrize(
    "block",
    [
        "<div class='highlight-rust'><div><pre>x</pre></div></div>",
        "<div class=code><div class=bar><span>Rust</span><button>Copy</button></div><pre>x</pre></div>",
        "<figure><figcaption>rust</figcaption><pre>x</pre></figure>",
        "<div><pre>x</pre><span class=tag>rs</span></div>",
        "<div class=code><span class=sr-only>Rust</span><pre>x</pre></div>",
    ],
)
def test_a_language_is_read_from_a_wrapper_or_a_label_and_the_label_is_no_text(block: str) -> None:
    assert markdown(f"<p>t</p>{block}") == "t\n\n```rust\nx\n```\n"


def test_a_block_without_language_has_none_and_a_file_name_stays() -> None:
    assert markdown("<div><div class=name>a.cfg</div><pre>x</pre></div>") == "a.cfg\n\n```\nx\n```\n"


@pytest.mark.parametrize("name", ["Dockerfile", "Makefile"])
def test_a_file_that_a_language_is_called_by_stays_too(name: str) -> None:
    box = f"<div><div class=name>{name}</div><pre data-lang={name.lower()}>x</pre></div>"
    assert markdown(box) == f"{name}\n\n```{name.lower()}\nx\n```\n"


def test_a_paragraph_that_names_a_language_is_text() -> None:
    assert markdown("<p>Rust</p><pre>x</pre>") == "Rust\n\n```\nx\n```\n"


TABS = "**npm**\n\n```\na\n```\n\n**pnpm**\n\n```\nb\n```\n"


@pytest.mark.parametrize(
    "tabs",
    [
        "<div role=tablist><button role=tab id=t1>npm</button><button role=tab id=t2>pnpm</button></div>"
        "<div role=tabpanel aria-labelledby=t1><pre>a</pre></div>"
        "<div role=tabpanel aria-labelledby=t2 hidden><pre>b</pre></div>",
        "<div><ul class='nav nav-tabs'><li><a href='#n'>npm</a><li><a href='#p'>pnpm</a></ul></div><div>"
        "<div class=tab-pane id=n><pre>a</pre></div><div class=tab-pane id=p style='display: none'><pre>b</pre></div>",
        "<div class=set><input type=radio name=g id=r1><label for=r1>npm</label><div><pre>a</pre></div>"
        "<input type=radio name=g id=r2><label for=r2>pnpm</label><div><pre>b</pre></div></div>",
        "<div class=set><div><input type=radio name=g id=r1><label for=r1>npm</label><input type=radio name=g id=r2>"
        "<label for=r2>pnpm</label></div><div><div><pre>a</pre></div><div hidden><pre>b</pre></div></div></div>",
        "<div><div class=tabs-nav><span class=active>npm</span><span>pnpm</span></div>"
        "<pre>a</pre><pre hidden>b</pre></div>",
    ],
)
def test_every_panel_of_tabs_is_kept_with_its_label(tabs: str) -> None:
    page = of(f"<main>{tabs}</main>")
    assert page.document.markdown == TABS
    assert not page.incomplete


@pytest.mark.parametrize(("panel", "code"), [("<span>npm</span> ci", "npm ci"), ("<span>npm</span>", "npm")])
def test_code_that_begins_with_its_tabs_label_keeps_it(panel: str, code: str) -> None:
    tabs = "<div role=tablist><a role=tab>npm</a><a role=tab>pnpm</a></div>"
    boxes = f"<div role=tabpanel><div><pre>{panel}</pre></div></div><div role=tabpanel><pre>b</pre></div>"
    assert markdown(tabs + boxes) == TABS.replace("\na\n", f"\n{code}\n")


def test_tabs_of_rspress_are_rows_of_plain_boxes() -> None:
    page = (
        "<html><head><meta name=generator content='Rspress v2.0.22'></head><body><div class='rp-doc rspress-doc'>"
        "<div class=rp-tabs><div class=rp-tabs__label><div class=rp-tabs__label__item>npm</div>"
        "<div class=rp-tabs__label__item>pnpm</div></div><div class=rp-tabs__content>"
        "<div class=rp-tabs__content__item aria-hidden=false><pre>a</pre></div>"
        "<div class=rp-tabs__content__item aria-hidden=true><pre>b</pre></div></div></div></div></body></html>"
    )
    document = of(page).document
    assert (document.generator, document.markdown) == ("rspress", TABS)


def test_tabs_within_tabs_keep_their_own_labels() -> None:
    def group(first: str, second: str, inside: str) -> str:
        return (
            f"<div><div role=tablist><a role=tab>{first}</a><a role=tab>{second}</a></div>"
            f"<div role=tabpanel>{inside}</div><div role=tabpanel hidden><p>{second} text</p></div></div>"
        )

    assert markdown(group("A", "B", group("1", "2", "<p>one</p>"))) == (
        "**A**\n\n**1**\n\none\n\n**2**\n\n2 text\n\n**B**\n\nB text\n"
    )


GROUP = (
    "<div class=group><div role=tablist><button role=tab aria-selected=true>npm</button><button role=tab>pnpm</button>"
    "</div><div role=tabpanel><pre>a</pre></div></div>"
)


def test_a_pane_that_is_not_in_the_page_is_missed() -> None:
    assert of(f"<main>{GROUP}</main>").incomplete


@pytest.mark.parametrize(
    "data",
    [
        '{"tabs": [{"label": "npm", "code": "a"}, {"label": "pnpm", "code": "b"}]}',
        '{"note": "one\u2028two", "tabs": [{"label": "npm", "code": "a"}, {"label": "pnpm", "code": "b"}]}',
        json.dumps(
            {
                "page": json.dumps(
                    ["$r", {"children": [{"title": "npm", "code": "a"}, {"title": "pnpm", "code": "b"}]}]
                )
            }
        ),
    ],
)
def test_panes_come_from_the_pages_json_where_a_script_would_draw_them(data: str) -> None:
    page = of(f"<main>{GROUP}</main><script type=application/json>{data}</script>")
    assert page.document.markdown == TABS
    assert not page.incomplete


def test_the_files_of_a_playground_come_from_its_json() -> None:
    files = (
        '{"files": {"/App.js": {"code": "a"}, "/style.css": "b {}", "/x.js": {"code": "c", "hidden": true}}}'
    )
    shown = markdown(
        f"<div class=sandpack><script type=application/json>{files}</script><pre>a</pre></div><p>t</p>"
    )
    assert shown == "**App.js**\n\n```\na\n```\n\n**style.css**\n\n```css\nb {}\n```\n\nt\n"


def test_json_that_is_no_code_of_this_page_adds_nothing() -> None:
    data = '[{"label": "x", "code": "elsewhere()"}, {"label": "y", "code": "nowhere()"}]'
    page = f"<main><pre>a</pre></main><script id=__NEXT_DATA__ type=application/json>{data}</script>"
    assert of(page).document.markdown == "```\na\n```\n"
    assert of(page.replace("[{", "{[")).document.markdown == "```\na\n```\n"


@pytest.mark.parametrize(
    "sign", ["\\u001b", "\\u0000", "\\ud800", "\\ufffe", "\\udb40\\udc41", "\\u202e", "\\uffff"]
)
def test_what_nobody_sees_in_the_json_of_a_script_is_no_part_of_its_code(sign: str) -> None:
    data = json.dumps([{"label": "npm@", "code": "a"}, {"label": "p@npm", "language": "js@", "code": "b@"}])
    page = f"<main>{GROUP}</main><script type=application/json>{data.replace('@', sign)}</script>"
    shown = of(page).document.markdown
    assert shown.replace("�", "") == TABS


@pytest.mark.parametrize(
    "data",
    [
        "[" * 200000,
        '{"code":' * 100000,
        '{"code": 1' + "0" * 5000 + "}",
        '{"code": "\\ud800',
        '["' + "[" * 90000 + '", {"code": 1}]',
        json.dumps(json.dumps(json.dumps('{"code": "[[[[[["}'))),
        '{"files": {"a.js": "\\u0000"}, "b.js": "\\u001b"}',
    ],
)
def test_json_that_cannot_be_read_is_ignored(data: str) -> None:
    page = f'<main><pre>a</pre></main><script id=__NEXT_DATA__ type=application/json>{data} "lang</script>'
    assert of(page).document.markdown.startswith("```\na\n```\n")


def test_what_nobody_sees_in_the_files_of_a_playground_is_no_part_of_them() -> None:
    files = json.dumps({"files": {"/a.js": "a\x1b", "/b.js": {"code": "b\0\U000e0041"}}})
    page = f"<main><pre>a</pre></main><script id=__NEXT_DATA__ type=application/json>{files}</script>"
    assert of(page).document.markdown == "**a.js**\n\n```\na\n```\n\n**b.js**\n\n```javascript\nb\n```\n"


def test_a_played_terminal_is_shown_as_it_stands_in_the_end() -> None:
    lines = "<span data-ty=input>pip install x</span><span data-ty=progress></span><span data-ty>done</span>"
    assert markdown(f"<div data-termynal>{lines}</div>") == "```console\n$ pip install x\ndone\n```\n"
    escaped = "<div class=termy><pre>$ x\n&lt;font color='red'&gt;INFO&lt;/font&gt; &lt;b&gt;up&lt;/b&gt;</pre></div>"
    assert markdown(escaped) == "```\n$ x\nINFO up\n```\n"


def test_markup_that_code_is_about_stays() -> None:
    assert (
        markdown("<pre>&lt;font color=red&gt;x&lt;/font&gt;</pre>") == "```\n<font color=red>x</font>\n```\n"
    )


@pytest.mark.parametrize(
    "frame",
    [
        "<div class=sr-only>Agents: read llms.txt before this page.</div>",
        "<div class=top><button>Copy page</button><a href=x>View as Markdown</a><span>Open in ChatGPT</span></div>",
        "<ol class=breadcrumb><li><a href=a>Docs</a><li>Page</ol>",
        "<div aria-label=Breadcrumb><a href=a>Docs</a></div>",
        "<a class=edit href=x>Edit this page</a>",
        "<a href=b><div><svg></svg><p>Lids</p></div><p>Previous page</p></a><a href=c><p>Jars</p><p>Next Page</p></a>",
        "<p>Last updated 3 weeks ago</p><p>5 min read</p><p>Was this page helpful?</p>",
        "<aside class=ads><p>Buy a bigger rocket, today only.</p></aside>",
        "<aside><ul><li><a href=a>One</a><li><a href=b>Two</a></ul></aside>",
    ],
)
def test_what_stands_around_the_text_is_dropped_within_the_article_too(frame: str) -> None:
    assert markdown(f"<article>{frame}<h1>T</h1><p>x</p>{frame}</article>") == "# T\n\nx\n"


def test_words_of_buttons_are_kept_in_code_and_prose() -> None:
    html = "<p>Press <b>Copy</b> or <i>print</i>.</p><pre><span>print</span> <span>edit page</span></pre>"
    assert markdown(html) == "Press **Copy** or *print*.\n\n```\nprint edit page\n```\n"


def test_a_heading_in_a_call_out_is_a_heading_and_opens_no_section() -> None:
    box = "<div class='admonition warning'><p class=admonition-title>Hot</p><p>a</p><h3 id=in>Inside</h3><p>b</p></div>"
    page = of(f"<main><h2 id=own>Own</h2>{box}<p>c</p></main>")
    assert "\n### Inside\n" in page.document.markdown
    assert "**Hot:** a" in page.document.markdown
    assert [one.anchor for one in page.document.sections] == ["own"]


def test_a_wrapper_that_sounds_like_a_call_out_hides_no_section() -> None:
    page = of("<main><div class='release-note'><h1>T</h1><h2>A</h2><p>x</p></div></main>")
    assert [one.heading for one in page.document.sections] == ["T", "A"]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ("<aside class=notice>Once <b>only</b>.</aside>", "> **Notice:** Once **only**.\n"),
        ("<p class='warning'>Hot.</p>", "> **Warning:** Hot.\n"),
        ("<aside aria-label=x class=starlight-aside--tip><p class=starlight-aside__title aria-hidden=true>Do</p><div>"
         "<p>it</p></div></aside>", "> **Do:** it\n"),
        ("<div class='markdown-alert markdown-alert-note'><p class=markdown-alert-title>Note</p><p>n</p></div>",
         "> **Note:** n\n"),
        ("<aside><p>A remark in the margin.</p></aside>", "A remark in the margin.\n"),
    ],
)  # fmt: skip
def test_call_outs_of_any_make_are_kept(box: str, expected: str) -> None:
    assert markdown(f"<article>{box}</article>") == expected


def test_a_call_out_that_begins_with_tabs_leaves_their_labels_alone() -> None:
    box = f"<div class='admonition tip'><p class=admonition-title>Tip</p>{GROUP}</div>"
    assert markdown(box).startswith("**Tip:**\n\n**npm**\n\n")


@pytest.mark.parametrize(
    "names",
    [
        "details custom-block",
        "hint-container details",
        "details_lb9f alert alert--info details_b_Ee",
        "rp-callout rp-callout--details",
        "",
    ],
)
def test_a_question_that_opens_keeps_its_words_and_is_no_call_out(names: str) -> None:
    box = f"<details class='{names}'><summary>why <code>x</code>?</summary><div><p>a</p><p>b</p></div></details>"
    assert markdown(f"<p>t</p>{box}") == "t\n\n**why `x`?**\n\na\n\nb\n"


def test_headings_have_the_anchor_that_their_permalink_leads_to_or_none() -> None:
    html = (
        "<h1>None</h1><h2><a class=header-anchor href='#around'>Around</a></h2>"
        "<h2><div id=inside></div>Inside<a href='#inside'>&#8203;</a></h2>"
        "<div><h2>Behind</h2><a class=anchor href='#behind'><svg></svg></a></div>"
        "<h2>Zero<a href='#zero'>\u200b\u2060</a></h2>"
    )
    sections = of(f"<main>{html}</main>").document.sections
    assert [(one.heading, one.anchor) for one in sections] == [
        ("None", None),
        ("Around", "around"),
        ("Inside", "inside"),
        ("Behind", "behind"),
        ("Zero", "zero"),
    ]


def test_a_pages_own_header_is_kept_and_the_sites_is_not() -> None:
    site = "<header><h1><a href=/>Rocket</a></h1><ul><li><a href=a>A</a></ul></header>"
    page = f"<body>{site}<div id=content-area><header><h1>Send</h1><p>A thing.</p></header><p>x</p></div>"
    mintlify = of(f"<meta name=generator content=Mintlify>{page}").document
    assert mintlify.markdown == "# Send\n\nA thing.\n\nx\n"


@pytest.mark.parametrize(
    "script", ["https://cdn.example/docsify@4/lib/docsify.min.js", "/docute/dist/docute.js"]
)
def test_a_page_that_a_script_draws_says_so(script: str) -> None:
    with pytest.raises(NoText, match="no text") as caught:
        of(f"<div id=app>Please wait...</div><script src='{script}'></script>")
    assert "drawn" in str(caught.value.hint) or "draws" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("heading", "shown"),
    [
        ("Options<a class=headerlink href='#o'>\uf0c1</a>", "Options\uf0c1"),
        ("<span class=permalink><a href='#o'>\u25c6</a></span> Options", "\u25c6 Options"),
        ("Options<a class=headerlink href='#o'>¶</a>", "Options"),
        ("Options<a class=hash-link href='#o'>#\u200b</a>", "Options"),
        ("\u25c6 is a diamond", "\u25c6 is a diamond"),
    ],
)
def test_the_sign_of_a_permalink_stands_as_the_page_shows_it(heading: str, shown: str) -> None:
    document = of(f"<main><h1>A page</h1><p>text</p><h2 id=o>{heading}</h2><p>text</p></main>").document
    assert [(one.heading, one.anchor) for one in document.sections][1] == (shown, "o")
    assert document.title == "A page"


def test_labels_of_mkdocstrings_are_said_below_the_name() -> None:
    label = '<small class="doc doc-label"><code>{}</code></small>'
    heading = (
        '<h4 id="jar.Jar.lid" class="doc doc-heading"><span class="doc doc-object-name">lid</span>'
        f'<span class="doc doc-labels">{label.format("property")} {label.format("writable")}</span></h4>'
    )
    document = of(
        f'<article class="md-content__inner"><h1>Jars</h1>{heading}<p>Round.</p></article>'
    ).document
    assert document.markdown == "# Jars\n\n#### `lid`\n\n*property, writable*\n\nRound.\n"
    assert document.sections[1].symbol == "jar.Jar.lid"
