"""What guards send in place of a page, and the documentation that looks a little like it."""

import pytest
from lxml import etree

from ingest.interstitials import interstitial_of_answer, interstitial_of_page
from ingest.interstitials.signs import BOT_CHECK, CONSENT, DENIED, SIGN_IN

PARAGRAPH = (
    "<p>The lid of a jar keeps what is in it. Turn it to the left to open the jar, and to the right to close it; "
    "a jar that is not closed goes bad within days, whatever was put into it.</p>"
)
FORM = (
    '<form action="/session" method="post"><label>Email <input type="email" name="e"></label>'
    '<label>Password <input type="password" name="p"></label><button>Log in</button></form>'
)


def page(
    title: str, body: str, *, head: str = "", around: tuple[str, str] = ("<main>", "</main>"), name: str = ""
) -> str:
    before, after = around
    return (
        f"<!doctype html><html><head><title>{name or title} | Larder</title>{head}</head><body>"
        f'<header><a href="/">Larder</a></header>{before}<h1>{title}</h1>{body}{after}<footer>Larder</footer>'
        "</body></html>"
    )


def guard(source: str) -> str | None:
    tree = etree.fromstring(source.encode(), etree.HTMLParser(encoding="utf-8", remove_comments=True))
    assert tree is not None
    found = interstitial_of_page(tree, source)
    assert interstitial_of_answer(source.encode()) == found
    return found


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("Anubis", '<html><head><title>Making sure</title><script id="anubis_challenge" type="application/json">{}'
         '</script></head><body><main><h1>One moment</h1><p>Loading...</p></main></body></html>'),
        ("Cloudflare", "<html><title>Just a moment...</title><body><h1>docs</h1><script>window._cf_chl_opt={}"
         "</script></body></html>"),
        ("Cloudflare", '<html><body><div id="cf-error-details"><h1>Sorry</h1><p>Protected.</p></div></body></html>'),
        ("Imperva", '<html><head><META NAME="robots" CONTENT="noindex,nofollow"><script src="/_Incapsula_Resource?S">'
         "</script></head><body></body></html>"),
        ("Imperva", '<html><body><iframe src="/_Incapsula_Resource?x">Incapsula incident ID: 44-1</iframe>'
         "</body></html>"),
        ("AWS WAF", "<html><body><div id=x></div><script>AwsWafIntegration.saveReferrer()</script></body></html>"),
        ("DataDome", "<html><body><p>JS</p><script>var dd={'host':'geo.captcha-delivery.com'}</script></html>"),
        ("PerimeterX", '<html><body><div id="px-captcha"></div><h1>Before we go on</h1></body></html>'),
        ("Akamai", '<html><head><meta http-equiv="refresh" content="5; URL=/?bm-verify=AAQ"></head></html>'),
    ],
)  # fmt: skip
def test_a_guard_is_known_by_its_mark(name: str, source: str) -> None:
    assert guard(source) == name


@pytest.mark.parametrize(
    "source",
    [
        "<html><title>Attention!</title><body><h1>Please verify you are a human</h1><p>Press here.</p></body></html>",
        "<html><body><p>Checking your browser before accessing docs.test.</p></body></html>",
        "<html><body><h2>Confirm that you are not a robot</h2><button>Go on</button></body></html>",
        page("Are you a robot?", "<p>Tick the box to go on.</p>"),
        page("Larder", "<p>Our systems have detected unusual traffic from your network.</p>"),
        page("Larder", '<div class="cf-turnstile" data-sitekey="1"></div>'),
        page("One moment", "<noscript>Enable JavaScript and cookies to continue</noscript>"),
    ],
)
def test_a_short_page_that_asks_for_a_human_is_a_bot_check(source: str) -> None:
    assert guard(source) == BOT_CHECK


@pytest.mark.parametrize("title", ["Access denied", "403 Forbidden", "Just a moment...", "Security check"])
def test_a_refusal_without_another_word_is_one(title: str) -> None:
    assert guard(page(title, "<p>Reference 18.2d351ab8</p>")) == DENIED


@pytest.mark.parametrize(
    "source",
    [
        page("Sign in", f"<p>Sign in to go on to /a.</p>{FORM}<p><a href=/forgot>Forgot your password?</a></p>"),
        page("Larder portal", FORM),
        page("Sign in to Larder", f"{FORM}<p>{'By continuing you accept the terms of service. ' * 9}</p>"),
        page("Log in", '<form><input name="username"><button>Next</button></form>'),
        page("Sign in", '<a class="btn" href="/oauth">Continue with GitHub</a>'),
        page("Log into Larder", '<form><input name="email"><button>Next</button></form>'),
        page("You need to be signed in to read this", '<a class="button">Continue with SSO</a>'),
        page("Larder", '<form><input name="login"><button>Next</button></form>', name="Larder — Sign in"),
        page("Anmelden", '<form><input type="text" name="username"><input type=submit value=Weiter></form>'),
        page("Protected", '<p>Enter the password.</p><form><input type=password><button>Unlock</button></form>'),
        f'<html><body><div class="modal login">{FORM}</div></body></html>',
    ],
)  # fmt: skip
def test_a_form_for_signing_in_and_little_else_is_a_door(source: str) -> None:
    assert guard(source) == SIGN_IN


@pytest.mark.parametrize(
    "source",
    [
        page("Before you continue", f"{PARAGRAPH * 3}<form><button>Reject all</button><button>Accept</button></form>"),
        page("We value your privacy", "<p>We and our partners store cookies.</p><button>I agree</button>"),
        page("Cookie consent", '<input type="submit" value="Accept and continue">', name="Larder"),
    ],
)  # fmt: skip
def test_a_page_that_asks_for_consent_alone_is_a_wall(source: str) -> None:
    assert guard(source) == CONSENT


BANNER = (
    '<div id="onetrust-banner-sdk"><h2>We value your privacy</h2><p>We use cookies.</p>'
    "<button>Accept all</button></div>"
)
DROPDOWN = f'<div class="dropdown-menu">{FORM}</div>'


@pytest.mark.parametrize(
    "source",
    [
        page("A form for logging in", f"<p>Write a form like this:</p>{FORM}<pre>&lt;input type=password&gt;</pre>"),
        page("Log in", f"{PARAGRAPH}{FORM}<pre>larder login --token</pre>"),
        page("The log-in form", f"{PARAGRAPH * 2}{FORM}"),
        page("Login", PARAGRAPH),
        page("Lids", PARAGRAPH).replace("</header>", f"{FORM}</header>"),
        page("Lids", "<p>Short.</p>").replace("</header>", f"{FORM}</header>"),
        page("Lids", PARAGRAPH, around=(DROPDOWN, "")),
        page("Lids", "<p>A lid closes a jar.</p>", around=(DROPDOWN, "")),
        page("Lids", PARAGRAPH, around=(BANNER, "")),
        page("Lids", f"{PARAGRAPH}{BANNER}"),
        page("Cookies", f"{PARAGRAPH}<p>Shows <code>We value your privacy</code> and a button.</p>"),
        page("Anubis", f"{PARAGRAPH * 2}<p>Anubis puts <code>anubis_challenge</code> into its page.</p>"),
        page("Cloudflare", "<p>A challenge sets _cf_chl_opt.</p>",
             head='<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'),
        page("Lids", "<p>The lid of a jar keeps what is in it, and what is out of it out.</p>",
             head='<script src="/_Incapsula_Resource?SWJIYLWA=5"></script>'),
        page("CAPTCHAs", f"{PARAGRAPH * 3}<p>Visitors are asked to verify that they are human.</p>"),
        page("Human verification", f"{PARAGRAPH * 3}<p>The box says: verify you are human.</p>"),
        page("Access denied", f"{PARAGRAPH * 3}"),
        page("Forbidden", '<p>Raised for a jar that may not be opened.</p><a href="/1">1</a><a href="/2">2</a>'
             '<a href="/3">3</a><a href="/4">4</a>'),
        page("Contact", '<form><input name=email><textarea name=t></textarea><div class="g-recaptcha"></div></form>'),
        page("Welcome", f'{PARAGRAPH}<form><input type=email name=email><button>Subscribe</button></form>'),
        page("Larder", "<noscript>You need to enable JavaScript to run this app.</noscript>"),
        page("Passwords", '<p>Keep them.</p><form><input type="password" name="p"></form>'),
        "<html><body></body></html>",
    ],
)  # fmt: skip
def test_documentation_is_no_guard(source: str) -> None:
    assert guard(source) is None


NAVIGATION = "".join(f'<li><a href="/guide/{number}.html">Chapter {number}</a></li>' for number in range(24))
SENTENCE = "<p>The jar asks who comes. It opens to those who have its lid.</p>"
SIGN_UP = '<form><input type="email" name="e"><input type="password" name="p"><button>Create account</button></form>'
MANY_WORDS = f"<p>{'A field takes a password, and hides what is typed into it from who looks on. ' * 6}</p>"


def among_links(title: str, body: str, *, head: str = "") -> str:
    return page(title, body, head=head, around=(f"<nav><ul>{NAVIGATION}</ul></nav><main>", "</main>"))


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Log in", f'{SENTENCE}<form><input type="email" name="email"><button>Subscribe</button></form>'),
        ("Log in", f"{SENTENCE}<button>Sign in with GitHub</button>"),
        ("Sign in", f'{SENTENCE}<a class="button" href="/oauth">Continue with Google</a>'),
        ("Welcome to Acme", f"{SENTENCE}{SIGN_UP}"),
        ("Welcome to Acme", SIGN_UP),
        *((title, f"{MANY_WORDS}{FORM}") for title in ("Password field", "Login form", "Login", "Sign in")),
        ("Verify you are human", '<p>Turnstile asks this.</p><div class="cf-turnstile"></div>'),
        *((title, SENTENCE) for title in (
            "Are you a robot?", "Checking your browser version", "Unusual traffic from your network",
            "Your request was blocked", "Checking if the site connection is secure", "Access denied",
        )),
        ("Cookie consent", f"{SENTENCE}<button>Accept</button>"),
        ("Cookie settings", f"{SENTENCE}<button>Accept all</button>"),
        ("Accept the license", f"{SENTENCE}<a class=button href=/next>Continue</a>"),
        ("Press and hold", f'{SENTENCE}<div id="px-captcha"></div>'),
        ("Searches", f'{SENTENCE}<a href="https://www.google.com/sorry/index">Sorry</a>'),
        ("Anubis", f'{SENTENCE}<img src="/.within.website/x/cmd/anubis/static/img/happy.webp">'),
        ("Lids", '<p>Short.</p><script src="/_Incapsula_Resource?SWJIYLWA=5"></script>'),
    ],
)  # fmt: skip
def test_a_page_that_leads_on_is_documentation(title: str, body: str) -> None:
    assert guard(among_links(title, body)) is None
    assert guard(page(title, f"{body}<footer>{NAVIGATION}</footer>")) is None


def test_a_link_or_an_image_is_no_mark() -> None:
    assert (
        guard(page("Searches", f'{SENTENCE}<a href="https://www.google.com/sorry/index">Sorry</a>')) is None
    )
    happy = "/.within.website/x/cmd/anubis/static/img/happy.webp"
    assert guard(page("Anubis", f'{SENTENCE}<img src="{happy}">')) is None


def test_what_only_a_guard_has_tells_among_links_too() -> None:
    assert (
        guard(among_links("Larder", "<p>One moment.</p><script>window._cf_chl_opt={}</script>"))
        == "Cloudflare"
    )
    challenge = '<script id="anubis_challenge" type="application/json">{}</script>'
    assert guard(among_links("Larder", "<p>One moment.</p>", head=challenge)) == "Anubis"


@pytest.mark.parametrize(
    "body",
    [
        f"<p>Sign in to go on to /a.</p>{FORM}<p><a href=/forgot>Forgot your password?</a></p>",
        f"{FORM}<p>By continuing you accept the <a href=/legal/terms>terms of service</a> and the "
        "<a href=/legal/privacy>privacy policy</a>.</p><p>New here? <a href=/signup>Create an account</a></p>",
        '<a class="btn" href="/oauth">Continue with GitHub</a>',
        '<form><input name="email"><button>Next</button></form>',
    ],
)
def test_a_form_for_signing_in_and_nothing_to_read_is_a_door_among_links_too(body: str) -> None:
    assert guard(among_links("Sign in to Larder", body)) == SIGN_IN


def test_the_links_of_a_sign_in_page_lead_nowhere() -> None:
    own = "".join(
        f'<a href="{to}">x</a>'
        for to in ("/", "/forgot-password", "/register", "/legal/terms", "/privacy", "/help", "/oauth/github", "#top",
                   "mailto:help@larder.test", "?lang=de", "https://larder.example/status", "https://social.example/l")
    )  # fmt: skip
    text = f"<p>{'The keeper of the larder asks who you are. ' * 4}</p>"
    assert guard(page("Sign in", f"{text}{FORM}{own}")) == SIGN_IN
    assert guard(page("Sign in", f"{text}{FORM}{own}{NAVIGATION}")) is None
    entries = NAVIGATION.replace("/guide/", "/auth/")
    assert guard(page("Sign in", f"{text}{FORM}{entries}")) is None


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Access denied", "This error occurs when the token lacks a scope. Add the scope to the token."),
        ("403 Forbidden", "The server knows the caller and refuses. The token may have no scope for the jar. "
         "A token with the scope opens the jar at once."),
        ("Just a moment...", "Cloudflare shows this page when a visitor looks like a program. Turn it off in Security. "
         "Programs with a token are let through."),
    ],
)  # fmt: skip
def test_a_page_that_explains_a_refusal_is_documentation(title: str, text: str) -> None:
    assert guard(page(title, f"<p>{text}</p>")) is None


@pytest.mark.parametrize(
    "text",
    [
        "You don't have permission to access this resource.",
        "The server refuses. This error occurs when a rule of the site is broken. Ray ID: 8f3a9c2e1b7d4f60",
        "The owner of the site has set rules for who may read it. The rules do not let this address through. "
        "Contact the site owner if that is wrong for this one.",
    ],
)
def test_a_refusal_may_say_why(text: str) -> None:
    assert guard(page("Access denied", f"<p>{text}</p>")) == DENIED


def test_a_field_and_a_button_that_do_not_sign_in_are_no_door() -> None:
    assert (
        guard(page("Log in", "<form><input type=email name=email><button>Subscribe</button></form>")) is None
    )


def test_a_page_that_is_long_is_none_whatever_it_holds() -> None:
    anubis = '<script id="anubis_challenge">{}</script>'
    assert guard(page("Anubis", PARAGRAPH, head=anubis)) == "Anubis"
    assert guard(page("Anubis", PARAGRAPH * 30, head=anubis)) is None
