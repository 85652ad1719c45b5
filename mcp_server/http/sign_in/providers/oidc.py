"""Any issuer of OpenID Connect: found by its discovery, believed by its signature."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Final

from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from mcp_server.http.sign_in.providers import discovery
from mcp_server.http.sign_in.providers.asking import Asking
from mcp_server.http.sign_in.providers.discovery import Metadata
from mcp_server.http.sign_in.providers.port import Answer, Begun
from shared.accounts.emails import address_or_none
from shared.accounts.sign_in.decision import Identity
from shared.accounts.sign_in.id_token import Expected, is_elsewhere, names, same_subject, subject
from shared.errors import SignInRefused

log = logging.getLogger(__name__)

_KNOWN_FOR: Final = timedelta(hours=1)
_KEYS_AGAIN: Final = timedelta(minutes=1)
"""How soon keys are asked for again where a token names one that is not among them."""
_VERIFIED: Final = ("email_verified", "xms_edov")
"""What says that an address is verified; the second is Entra ID's own, an optional claim."""
_NO_GROUPS: Final = (
    "%s does not send the claim %s (LECTERN_GROUPS_CLAIM): groups stay as they were last told; "
    "let it send them, also where there are none, or add their scope to LECTERN_OIDC_SCOPES"
)
_TOO_MANY_GROUPS: Final = (
    "%s leaves the claim %s out for people in many groups (overage): theirs stay as they were last told; "
    "let it send only groups that are assigned to this application, or use `lectern-admin group add`"
)
_AGAIN: Final = "begin again; if it stays so, tell your operator"


@dataclass(frozen=True, slots=True)
class Client:
    """What the issuer knows us by, and what we ask of it."""

    id: str
    secret: str | None
    scopes: str
    groups_claim: str | None


class Oidc:
    def __init__(
        self, name: str, title: str, issuer: str, client: Client, clock: Callable[[], datetime]
    ) -> None:
        self.name, self.title, self.issuer = name, title, issuer
        self._client = client
        self._clock = clock
        self._ask = Asking(title)
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self._told_operator: set[str] = set()

    async def address(self, begun: Begun) -> str:
        metadata = await self._discovered()
        async with self._authlib(metadata) as client:
            url, _ = client.create_authorization_url(
                metadata.authorization_endpoint,
                state=begun.state,
                code_verifier=begun.verifier,
                nonce=begun.nonce,
                redirect_uri=begun.redirect_uri,
            )
        return str(url)

    async def identity(self, begun: Begun, answer: Answer) -> Identity:
        metadata = await self._discovered()
        if answer.issuer not in (self.issuer, None) or (metadata.sends_issuer and not answer.issuer):
            raise SignInRefused("another provider answers than the one you went to", _AGAIN)
        async with self._authlib(metadata) as client:
            token = await self._ask.token(client, metadata.token_endpoint, begun, answer.code)
        access = token.get("access_token")
        claims = await self._believed(metadata, token.get("id_token"), access)
        who = subject(claims, Expected(self.issuer, self._client.id, begun.nonce, self._clock()))
        if not self._wanted() <= claims.keys():
            claims |= await self._told(metadata, access, who)
        return Identity(
            self.name,
            self.issuer,
            who,
            address_or_none(claims.get("email")),
            any(claims.get(name) is True or claims.get(name) == "true" for name in _VERIFIED),
            self._groups(claims),
        )

    def _groups(self, claims: dict[str, Any]) -> tuple[str, ...] | None:
        """None, which leaves them as they are, where the issuer does not tell: a rule that denies goes on."""
        claim = self._client.groups_claim
        found = names(claims.get(claim)) if claim else None
        if claim and found is None:
            self._tell(_TOO_MANY_GROUPS if is_elsewhere(claims, claim) else _NO_GROUPS)
        return found

    def _tell(self, line: str) -> None:
        """The operator, of each trouble once."""
        if line not in self._told_operator:
            self._told_operator.add(line)
            log.warning(line, self.title, self._client.groups_claim)

    async def _told(self, metadata: Metadata, access: object, who: str) -> dict[str, Any]:
        """What the issuer says of them beside the ID token."""
        if metadata.userinfo_endpoint is None or not isinstance(access, str):
            return {}
        told = await self._ask.json(metadata.userinfo_endpoint, access)
        if not isinstance(told, dict):
            raise self._ask.broken("what it says of you is no object")
        same_subject(told.get("sub"), who)
        return told

    async def _believed(self, metadata: Metadata, id_token: object, access: object) -> dict[str, Any]:
        """Its claims, once its signature fits a key of the issuer's."""
        if not isinstance(id_token, str):
            raise SignInRefused("the provider does not say who you are (no ID token)", _AGAIN)
        try:
            try:
                read = jwt.decode(id_token, await self._key_set(metadata), list(metadata.algorithms))
            except InvalidKeyIdError:  # keys change
                read = jwt.decode(
                    id_token, await self._key_set(metadata, again=True), list(metadata.algorithms)
                )
        except (JoseError, ValueError) as error:
            raise SignInRefused(
                "what the provider says of you has no signature that can be believed", _AGAIN
            ) from error
        half = read.claims.get("at_hash")
        if half is not None and not _is_half(half, access, str(read.header["alg"])):
            raise SignInRefused("what the provider says of you belongs to another sign-in", _AGAIN)
        return dict(read.claims)

    async def _discovered(self) -> Metadata:
        now = self._clock()
        if self._metadata is None or not _is_fresh(self._metadata[0], now, _KNOWN_FOR):
            said = await self._ask.json(discovery.address_of(self.issuer))
            self._metadata = now, discovery.read(said, self.issuer)
        return self._metadata[1]

    async def _key_set(self, metadata: Metadata, *, again: bool = False) -> KeySet:
        now = self._clock()
        lasts = _KEYS_AGAIN if again else _KNOWN_FOR
        if self._keys is None or not _is_fresh(self._keys[0], now, lasts):
            said = await self._ask.json(metadata.jwks_uri)
            try:
                self._keys = now, KeySet.import_key_set(said)
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise self._ask.broken("its keys cannot be read") from error
        return self._keys[1]

    def _wanted(self) -> set[str]:
        groups = self._client.groups_claim
        return {"email", "email_verified", *([groups] if groups else [])}

    def _authlib(self, metadata: Metadata) -> AsyncOAuth2Client:
        client = self._client
        method = "client_secret_post" if metadata.takes_secret_in_body else "client_secret_basic"
        return AsyncOAuth2Client(
            client.id,
            client.secret,
            token_endpoint_auth_method=method if client.secret else "none",
            scope=client.scopes,
            code_challenge_method="S256",
        )


def _is_fresh(since: datetime, now: datetime, lasts: timedelta) -> bool:
    """A clock that was set back makes nothing last longer."""
    return timedelta(0) <= now - since < lasts


def _is_half(half: object, access: object, algorithm: str) -> bool:
    if not isinstance(half, str) or not isinstance(access, str):
        return False
    wanted = create_half_hash(access, algorithm)
    return wanted is not None and compare_digest(half.encode(), wanted)
