"""GitHub, which speaks OAuth and not OpenID Connect: fixed endpoints, and its API says who somebody is."""

from typing import Any, Final

from authlib.integrations.httpx_client import AsyncOAuth2Client

from mcp_server.http.sign_in.providers.asking import Asking
from mcp_server.http.sign_in.providers.port import Answer, Begun
from shared.accounts.emails import address_or_none
from shared.accounts.sign_in.decision import Identity
from shared.errors import SignInRefused

PUBLIC: Final = "https://github.com"


class GitHub:
    """`issuer` is github.com, or a server of GitHub Enterprise."""

    name: Final = "github"
    title: Final = "GitHub"

    def __init__(self, issuer: str, client_id: str, secret: str) -> None:
        self.issuer = issuer
        self._api = "https://api.github.com" if issuer == PUBLIC else f"{issuer}/api/v3"
        self._client_id, self._secret = client_id, secret
        self._ask = Asking(self.title)

    async def address(self, begun: Begun) -> str:
        async with self._authlib() as client:
            url, _ = client.create_authorization_url(
                f"{self.issuer}/login/oauth/authorize",
                state=begun.state,
                code_verifier=begun.verifier,
                redirect_uri=begun.redirect_uri,
            )
        return str(url)

    async def identity(self, begun: Begun, answer: Answer) -> Identity:
        if answer.issuer and not answer.issuer.startswith(f"{self.issuer}/"):
            raise SignInRefused("another provider answers than the one you went to", "begin again")
        async with self._authlib() as client:
            token = await self._ask.token(
                client, f"{self.issuer}/login/oauth/access_token", begun, answer.code
            )
        access = token.get("access_token")
        if not isinstance(access, str):
            raise self._ask.broken("it gives no access token")
        user, emails = (
            await self._ask.json(f"{self._api}/user", access),
            await self._ask.json(f"{self._api}/user/emails", access),
        )
        number = user.get("id") if isinstance(user, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
            raise self._ask.broken("it does not say who you are")
        primary = _primary(emails)
        return Identity(
            self.name,
            self.issuer,
            str(number),
            address_or_none(primary.get("email")),
            primary.get("verified") is True,
        )

    def _authlib(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._client_id,
            self._secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - how, not what
            scope="read:user user:email",
            code_challenge_method="S256",
        )


def _primary(emails: Any) -> dict[str, Any]:
    """The address that people chose; empty without one."""
    listed = emails if isinstance(emails, list) else []
    return next((one for one in listed if isinstance(one, dict) and one.get("primary") is True), {})
