"""Pages for people: HTML by templates, with headers that let nobody frame, keep or script them."""

import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from shared.templates import environment
from shared.visible import visible

STYLESHEET: Final = files("mcp_server.http.pages").joinpath("lectern.css").read_text("utf-8")
_VERSION: Final = sha256(STYLESHEET.encode()).hexdigest()[:12]
STYLESHEET_PATH: Final = f"/assets/lectern.css?v={_VERSION}"
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action {}; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HOST: Final = re.compile(r"[a-z0-9.-]+(:[0-9]+)?")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*")


def rendered(template: str, *, status: int = 200, form_action: Iterable[str] = (), **values: Any) -> Response:
    """A page. `form_action` are addresses that an answer to its forms may lead to, beside our own.

    Browsers follow no redirect of a form to any other: a consent page names the client's address.
    """
    page = _environment().get_template(template).render(values)
    policy = _POLICY.format(" ".join(sorted({"'self'", *map(_source, form_action)})))
    return HTMLResponse(
        page,
        status,
        {
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


def told(
    title: str,
    line: str,
    hint: str = "",
    status: int = 200,
    onward: tuple[str, str] | None = None,
    wait: int = 0,
) -> Response:
    """A page that says one thing: done, or why not and what to do next. `onward` is a link's words and address."""
    page = rendered(
        "told.html.jinja",
        status=status,
        title=title,
        line=line,
        hint=hint,
        refused=status >= 400,
        onward=onward,
    )
    return later(page, wait)


def later(page: Response, seconds: int) -> Response:
    """The same, with when it is worth asking again, if that is known."""
    if seconds:
        page.headers["Retry-After"] = str(seconds)
    return page


@cache
def _environment() -> Environment:
    made = environment("mcp_server.http.pages", finalize=_seen)
    made.globals["stylesheet"] = STYLESHEET_PATH
    return made


def _seen(value: Any) -> Any:
    """Names and messages are often a stranger's: nothing in them is hidden."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _source(address: str) -> str:
    """An address as a policy may name it: its origin, or its scheme where that has none of letters and digits."""
    parts = urlsplit(address)
    if parts.scheme in ("http", "https") and _HOST.fullmatch(host := parts.netloc.lower()):
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}:" if _SCHEME.fullmatch(parts.scheme) else "'self'"
