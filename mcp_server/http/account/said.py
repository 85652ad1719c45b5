"""Pure: rows of one's own account in the words and figures of its page."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from mcp_server.http.account.used import Usage
from shared.billing.money import rounded
from shared.billing.period import local_day
from shared.counted import counted
from shared.stores.postgres import Row

_PAPERS: Final = {"pdf": "PDF", "html": "HTML", "xml": "XML"}
ALWAYS: Final = "html"
"""The form that is made for who asks, where it is not kept."""
FULL: Final = 100


def plan(row: Row | None, at: datetime) -> dict[str, Any] | None:
    if row is None:
        return None
    every = row["every"] if row["every_count"] == 1 else f"{row['every_count']} {row['every']}s"
    return {
        "name": row["plan"],
        "fee": money(row["amount"], row["currency"]),
        "every": f"a {every}" if row["every_count"] == 1 else f"every {every}",
        "state": _state(row, at),
        "runs": row["status"] == "active",
        "next": _next(row, at),
    }


def limits(row: Row, usage: Usage | None) -> list[dict[str, Any]]:
    """Those of all keys together; without figures where the counters do not answer."""
    used = usage.together if usage else None
    ends = used.month_ends if used else None
    return [
        _limit("Requests this month", row["month_requests"], used.month_requests if used else None, ends),
        _limit("Tokens this month", row["month_tokens"], used.month_tokens if used else None, ends),
        _limit("At once", row["concurrent"], used.concurrent if used else None, None),
    ]


def keys(rows: Sequence[Row], usage: Usage | None, at: datetime) -> list[dict[str, Any]]:
    """Those that are valid before those that ended."""
    return [
        {
            "id": row["id"],
            "prefix": row["key_prefix"],
            "name": row["name"],
            "state": _ends(row, at),
            "live": is_live(row, at),
            "quotas": f"{row['per_minute']:,} a minute, {row['per_day']:,} a day",
            "today": _limit("Today", row["per_day"], usage.today[row["id"]], None)
            if usage and is_live(row, at)
            else None,
            "libraries": ", ".join(row["libraries"] or ()),
            "last_used": day(row["last_used_at"]) if row["last_used_at"] else "never",
        }
        for row in sorted(rows, key=lambda row: not is_live(row, at))
    ]


def clients(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "host": urlsplit(row["client"]).hostname or "",
            "machine": row["machine"],
            "since": day(row["granted_at"]),
            "last_used": day(row["last_used_at"]) if row["last_used_at"] else "never",
            "expires": f"until {day(row['expires_at'])}" if row["expires_at"] else "",
        }
        for row in rows
    ]


def is_live(row: Row, at: datetime) -> bool:
    return row["revoked_at"] is None and (row["expires_at"] is None or row["expires_at"] > at)


def invoices(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "number": row["number"],
            "issued": day(row["issued_at"], row["zone"]),
            "total": f"{'-' if row['kind'] == 'credit note' else ''}{money(row['total'], row['currency'])}",
            "state": _owed(row),
            "bad": row["status"] == "overdue",
            "forms": [
                (form, said) for form, said in _PAPERS.items() if form in row["forms"] or form == ALWAYS
            ],
        }
        for row in rows
    ]


def alerts(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{**row, "when": day(row["created_at"])} for row in rows]


def sessions(rows: Sequence[Row]) -> dict[str, Any]:
    others = [row for row in rows if not row["is_this"]]
    return {
        "others": counted(len(others), "other browser") if others else "",
        "since": [minute(row["created_at"]) for row in others],
    }


def table(rows: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """Days of usage, the newest first."""
    return [
        (day_of(row["day"]), f"{row['requests']:,}", f"{row['tokens']:,}", f"{row['refused']:,}")
        for row in reversed(rows)
    ]


def sums(rows: Sequence[Row]) -> Mapping[str, str]:
    return {name: f"{sum(row[name] for row in rows):,}" for name in ("requests", "tokens", "refused")}


def money(amount: Decimal, code: str) -> str:
    """`1,234.50 EUR`, with the digits of the currency."""
    return f"{rounded(amount, code):,} {code}"


def day(instant: datetime, zone: str = "UTC") -> str:
    return day_of(local_day(instant, zone))


def minute(instant: datetime) -> str:
    """Of UTC."""
    return f"{day(instant)}, {instant.astimezone(UTC):%H:%M} UTC"


def day_of(on: Any) -> str:
    return f"{on.day} {on:%b %Y}"


def _limit(name: str, most: int | None, used: int | None, ends: datetime | None) -> dict[str, Any]:
    share = Decimal(0)
    if most and used is not None:
        share = min(Decimal(FULL), (Decimal(used) * FULL / most).quantize(Decimal("0.1")))
    return {
        "name": name,
        "used": "?" if used is None else f"{used:,}",
        "most": None if most is None else f"{most:,}",
        "left": None if most is None or used is None else f"{max(0, most - used):,}",
        "share": share,
        "level": "full" if share >= FULL else "high" if share >= 80 else "",
        "turns": day(ends) if ends else "",
    }


def _state(row: Row, at: datetime) -> str:
    if row["ended_at"]:
        return f"ended on {day(row['ended_at'], row['zone'])}"
    if row["status"] == "paused":
        return "paused until what is due is paid" if row["pause_reason"] else "paused"
    if row["period_start"] > at:
        return f"begins on {day(row['period_start'], row['zone'])}"
    return "in its trial" if row["trial_end"] and row["trial_end"] > at else "active"


def _next(row: Row, at: datetime) -> str:
    if row["ended_at"] or row["status"] == "paused":
        return ""
    on = day(row["period_end"], row["zone"])
    if row["ends_with_period"]:
        return f"ends on {on}"
    return f"becomes {row['next_plan']} on {on}" if row["next_plan"] else f"renews on {on}"


def _ends(row: Row, at: datetime) -> str:
    if row["revoked_at"]:
        return f"revoked on {day(row['revoked_at'])}"
    if row["expires_at"] is None:
        return "does not expire"
    return f"{'expires' if row['expires_at'] > at else 'expired'} on {day(row['expires_at'])}"


def _owed(row: Row) -> str:
    if row["status"] is None or row["status"] in ("paid", "cancelled"):
        return row["status"] or ""
    due = f"{money(row['due'], row['currency'])} due"
    return (
        f"{due} since {day(row['due_at'], row['zone'])}"
        if row["status"] == "overdue"
        else f"{due} by {day(row['due_at'], row['zone'])}"
    )
