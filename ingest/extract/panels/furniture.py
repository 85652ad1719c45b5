"""Which of what a control opens is no documentation: menus, dialogs, banners, search boxes."""

import re

from lxml.etree import _Element as Element

from ingest.extract.tree.elements import plain

_TAGS = frozenset(("nav", "dialog", "form", "header", "footer", "select", "iframe"))
_ROLES = frozenset(
    (
        "menu", "menubar", "listbox", "dialog", "alertdialog", "tooltip", "navigation", "search", "tree", "combobox",
        "banner", "contentinfo", "toolbar", "alert", "status",
    )
)  # fmt: skip
_OPENS = frozenset(("modal", "offcanvas", "dropdown", "tooltip", "popover", "drawer", "lightbox", "sidebar"))
"""What a control's `data-toggle` says of such things."""
_NAMED = re.compile(
    r"(?:^|[-_\s])(?:modal|dialog|drawer|off-?canvas|lightbox|cookies?|consent|gdpr|toast|snackbar|sign-?in|log-?in|newsletter)(?:$|[-_\s])",
    re.IGNORECASE,
)
"""Names of what lies over a page."""
_MENU = re.compile(
    r"(?:^|[-_\s])(?:(?:main|sub|site|page|mobile|side|top)?-?(?:nav|navbar|navigation|menu|menubar|sidebar|sidenav)|dropdown|toc|search|breadcrumbs?"
    r"|languages?|versions?)(?:$|[-_\s])",
    re.IGNORECASE,
)
"""Names of what leads elsewhere: they count where a panel has little to say of its own."""
_ENTRY = ("input", "textarea", "select")
_PROSE = ("p", "pre", "table", "dl", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6")
_FIELDS = frozenset(("text", "search", "email", "password"))


def is_furniture(panel: Element, control: Element) -> bool:
    """Whether a panel belongs to a site's frame: by its tag, role or names, by how it is opened, by what it holds."""
    if panel.tag in _TAGS or panel.get("role") in _ROLES or panel.get("aria-modal") is not None:
        return True
    if (control.get("aria-haspopup") or "false") != "false":
        return True
    if {control.get("data-toggle"), control.get("data-bs-toggle")} & _OPENS:
        return True
    if any(up.tag == "nav" or up.get("role") == "navigation" for up in control.iterancestors()):
        return True
    called = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", f"{panel.get('class') or ''} {panel.get('id') or ''}")
    if _NAMED.search(called):
        return True
    return _leads_elsewhere(panel, called) or _asks(panel)


def _leads_elsewhere(panel: Element, called: str) -> bool:
    """Whether all that it says are links, two at least, or half of it and its name is a menu's."""
    text = len(plain(panel))
    links = [len(plain(link)) for link in panel.iter("a")]
    if any(True for one in panel.iter("nav", "menu") if 2 * len(plain(one)) >= text):
        return True
    if 10 * sum(links) >= 9 * text and len(links) > 1:
        return True
    return 2 * sum(links) >= text and bool(links) and _MENU.search(called) is not None


def _asks(panel: Element) -> bool:
    """Whether it is there to search or to be filled in: a field, and hardly a text of its own."""
    fields = [one for one in panel.iter(*_ENTRY) if (one.get("type") or "text") in _FIELDS]
    if any(one.get("type") == "search" for one in fields) or panel.find(".//*[@role='search']") is not None:
        return panel.find(".//pre") is None
    return bool(fields) and not any(plain(one) for one in panel.iter(*_PROSE))
