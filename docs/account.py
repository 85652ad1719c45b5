"""`.venv/bin/python -P docs/account.py`: the pictures on docs/pages/account.md. It needs chromium and pngquant."""

import re
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from mcp_server.http.account.page import Found, told
from mcp_server.http.account.used import Usage
from mcp_server.http.pages.render import STYLESHEET, rendered
from mcp_server.http.sign_in.values import Session
from shared.model.account import Used

IMAGES = Path(__file__).parent / "pages" / "images"
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
NOBODY = UUID(int=0)
LAPTOP, ROBOT = UUID(int=1), UUID(int=2)
ADA = "ada@example.org"
CALLS: tuple[int, ...] = (
    210,
    260,
    240,
    30,
    0,
    310,
    280,
    330,
    290,
    250,
    20,
    10,
    360,
    340,
    300,
    380,
    310,
    40,
    0,
    420,
    390,
    350,
)
CALLS += (400, 370, 60, 20, 440, 410, 460, 180)
WAYS = [("Example Single Sign-On", "#"), ("GitHub", "#")]


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def key(key_id: UUID, name: str, prefix: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key_id,
        "key_prefix": prefix,
        "name": name,
        "per_minute": 60,
        "per_day": 10_000,
        "libraries": None,
        "last_used_at": ago(0),
        "expires_at": None,
        "revoked_at": None,
        **more,
    }


def invoice(number: int, issued: float, status: str, due: str, total: str) -> dict[str, Any]:
    return {
        "id": NOBODY,
        "kind": "invoice",
        "number": f"LECT-2026-{number:06}",
        "issued_at": ago(issued),
        "due_at": ago(issued - 14),
        "zone": "UTC",
        "status": status,
        "total": Decimal(total),
        "due": Decimal(due),
        "currency": "EUR",
        "forms": ["html", "pdf", "xml"],
    }


FOUND = Found(
    at=NOW,
    plan={
        "plan": "Basic",
        "status": "active",
        "amount": Decimal(9),
        "currency": "EUR",
        "every": "month",
        "every_count": 1,
        "period_start": ago(18),
        "period_end": ago(-12),
        "trial_end": None,
        "ended_at": None,
        "ends_with_period": False,
        "pause_reason": None,
        "next_plan": None,
        "zone": "UTC",
    },
    limits={"month_requests": 10_000, "month_tokens": 2_000_000, "concurrent": 5},
    usage=Usage(Used(2, 180, 4_930, 1_664_300, 1, ago(-1), ago(-12)), {LAPTOP: 168, ROBOT: 12}),
    days=[
        {
            "day": date(2026, 11, 20) - timedelta(days=back),
            "requests": calls,
            "tokens": calls * 340,
            "refused": calls // 150,
        }
        for back, calls in zip(reversed(range(30)), CALLS, strict=True)
        if calls
    ],
    keys=[
        key(ROBOT, "continuous integration", "lect_9sKq2", libraries=["/acme/*"], expires_at=ago(-70)),
        key(LAPTOP, "laptop", "lect_3xT9q", last_used_at=ago(0)),
        key(NOBODY, "old laptop", "lect_Zb41c", last_used_at=ago(9), revoked_at=ago(8)),
    ],
    clients=[
        {
            "id": NOBODY,
            "client": client,
            "name": name,
            "machine": machine,
            "granted_at": ago(days),
            "last_used_at": ago(days / 9),
            "expires_at": ago(days - 30) if machine else None,
        }
        for client, name, machine, days in (
            ("https://editor.example/client.json", "Example Editor", None, 9),
            ("lectern-mcp", "Lectern's command line", "ada-desk", 3),
        )
    ],
    invoices=[
        invoice(42, 18, "overdue", "14.72", "14.72"),
        invoice(31, 49, "paid", "0", "12.04"),
        invoice(17, 79, "paid", "0", "10.80"),
    ],
    alerts=[
        {
            "message": "83 % of a month's 2,000,000 tokens are used.",
            "is_read": False,
            "created_at": ago(0.2),
        },
        {
            "message": "Invoice LECT-2026-000042 is overdue: 14.72 EUR.",
            "is_read": True,
            "created_at": ago(3),
        },
    ],
    sessions=[
        {"is_this": True, "created_at": ago(0.1)},
        {"is_this": False, "created_at": ago(0.3)},
    ],
)
SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "account": (
        "account",
        {
            "session": Session("-", NOBODY, ADA, "-"),
            "done": "",
            **told(FOUND, "https://docs.example.org/mcp", 10, NOBODY),
        },
    ),
    "choose": ("sign_in", {"providers": WAYS, "next": "/account"}),
    "invited": ("invite", {"providers": WAYS[:1], "email": ADA, "token": "-", "least": 8}),
    "consent": (
        "consent",
        {
            "client_name": "Lectern's command line",
            "redirect_host": "127.0.0.1 (this machine)",
            "account": ADA,
            "machine": "ada-desk",
            "scopes": [],
            "csrf": "-",
            "request": "-",
        },
    ),
    "link": ("link", {"provider": "GitHub", "email": ADA, "csrf": "-", "action": "#", "has_password": True}),
    "done": (
        "told",
        {
            "title": "Signed in",
            "line": "This machine has a key now.",
            "hint": "You can close this page.",
            "refused": False,
        },
    ),
    "refused": (
        "told",
        {
            "title": "Not signed in",
            "line": "This address of e-mail is not verified by GitHub.",
            "hint": "Verify it there, or ask your operator for an invitation.",
            "refused": True,
        },
    ),
}
PHONE = (360, 620)
SHEET = "<body style='margin:0;width:1104px;background:{}'>{}"
"""Six pages side by side, each as on a phone."""


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        aside = Path(made)
        aside.joinpath("lectern.css").write_text(STYLESHEET)
        for name, (template, values) in SHOWN.items():
            page = bytes(rendered(f"{template}.html.jinja", **values).body).decode()
            aside.joinpath(f"{name}.html").write_text(re.sub(r"/assets/(lectern\.css)\?v=\w+", r"\1", page))
        frames = "".join(_framed(name, *PHONE) for name in SHOWN if name != "account")
        aside.joinpath("phone.html").write_text("<body style='margin:0'>" + _framed("account", 360, 2000, 0))
        for scheme, ground in (("light", "#cfd4de"), ("dark", "#2a2f3a")):
            aside.joinpath("sheet.html").write_text(SHEET.format(ground, frames))
            _picture(aside, "sheet", f"sign-in-{scheme}", scheme, (1104, 1252))
            _picture(aside, "account", f"account-{scheme}", scheme, (1120, 1800))
        _picture(aside, "phone", "account-phone", "dark", (520, 2000), 360)


def _framed(name: str, width: int, height: int, margin: int = 4) -> str:
    size = f"width:{width}px;height:{height}px;margin:{margin}px"
    return f"<iframe src={name}.html style='border:0;{size}'></iframe>"


def _picture(
    aside: Path, page: str, name: str, scheme: str, size: tuple[int, int], width: int | None = None
) -> None:
    """Its left `width`: a window of Chromium is never as narrow as a phone."""
    drawn = aside / f"{name}.png"
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={aside / 'profile'}",
        f"--blink-settings=preferredColorScheme={int(scheme == 'light')}",
        f"--window-size={size[0]},{size[1]}",
        f"--screenshot={drawn}",
    ]
    subprocess.run(["chromium", *options, f"file://{aside / page}.html"], check=True, capture_output=True)
    with Image.open(drawn) as picture:
        picture.crop((0, 0, width or size[0], size[1])).save(drawn)
    command = ["pngquant", "--force", "--strip", "--output", str(IMAGES / f"{name}.png"), "48", str(drawn)]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
