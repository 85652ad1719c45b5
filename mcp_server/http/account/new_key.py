"""A key that a person makes: shown once, on the answer to the form, and kept nowhere to be shown again."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from starlette.responses import Response

from mcp_server.http.account.asked import BACK, Asked
from mcp_server.http.account.page import EXPIRES
from mcp_server.http.pages.render import rendered, told
from mcp_server.http.sign_in.room import trouble
from shared.accounts.keys import mint
from shared.counted import counted
from shared.errors import Forbidden, InvalidRequest
from shared.one_line import one_line
from shared.visible import visible

MOST_NAME: Final = 100
AGAIN: Final = "open the page of your account, and send the form from there"


async def add_key(asked: Asked) -> Response:
    name, most = _name(asked), asked.service.settings.max_keys
    minted = mint(asked.service.random)
    match await asked.own.add_key(_once(asked), minted, name or None, _expires(asked), most):
        case "made":
            values = {
                "key": minted.key,
                "name": name,
                "server": asked.service.public_url,
                "mcp_url": asked.service.resource,
            }
            return rendered("key.html.jinja", status=201, session=asked.session, **values)
        case "known":
            return told(
                "This key was made already",
                "A key is shown once, when it is made.",
                "Revoke it and create another, if you have not kept it.",
                onward=BACK,
            )
        case "full":
            raise InvalidRequest(
                f"you have {counted(most, 'key')}, and may have no more", "revoke one that you do not use"
            )
        case None:
            return trouble(Forbidden("your session ended meanwhile", "sign in again"), "Signed out")


def _name(asked: Asked) -> str:
    name = one_line(visible(asked.text("name")))
    if len(name) > MOST_NAME:
        raise InvalidRequest(f"a name has at most {MOST_NAME} characters", "shorten it")
    return name


def _once(asked: Asked) -> UUID:
    """The id of the key: the form has it, so that it makes no second key when it is sent again."""
    try:
        return UUID(asked.text("once"))
    except ValueError:
        raise InvalidRequest("this form is incomplete", AGAIN) from None


def _expires(asked: Asked) -> datetime | None:
    given = asked.text("expires")
    if given not in EXPIRES:
        raise InvalidRequest("this form does not say when the key expires", AGAIN)
    return None if given == "never" else asked.own.at + timedelta(days=int(given))
