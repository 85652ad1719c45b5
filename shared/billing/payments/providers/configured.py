"""The providers whose keys are set. None is loaded, or connects, before it is asked for."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Generic, TypeVar, cast

from pydantic import SecretStr

from shared.billing.payments.payment import PROVIDERS
from shared.billing.payments.port import Charger, Provider
from shared.errors import InvalidRequest
from shared.settings import AdminSettings

P = TypeVar("P", bound=Provider)
CHARGERS: Final = ("stripe", "paypal")
RECEIVERS: Final = ("wise",)
_NEEDS: Final = {
    "stripe": ("stripe_api_key",),
    "paypal": ("paypal_api_key",),
    "wise": ("wise_api_key", "wise_profile"),
}


class Providers(Mapping[str, P], Generic[P]):
    """By name, those that are configured. `providers[name]` raises InvalidRequest for another, with what to set."""

    def __init__(
        self, settings: AdminSettings, names: tuple[str, ...], made: dict[str, Provider] | None = None
    ) -> None:
        self._settings = settings
        self._names = tuple(name for name in names if not lacking(settings, name))
        self._made = {} if made is None else made

    def __getitem__(self, name: str) -> P:
        if name not in self._names:
            raise InvalidRequest(*_unknown(self._settings, name))
        if name not in self._made:
            self._made[name] = _MAKERS[name](self._settings)
        return cast(P, self._made[name])

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            return default
        return self[name]

    def chargers(self) -> "Providers[Charger]":
        """Those of them that can take money from a method: the same ones, made once."""
        return Providers[Charger](self._settings, CHARGERS, self._made)

    async def close(self) -> None:
        for provider in self._made.values():
            await provider.close()


@asynccontextmanager
async def configured(settings: AdminSettings) -> AsyncIterator[Providers[Provider]]:
    """All that are configured, closed at the end."""
    found = Providers[Provider](settings, (*CHARGERS, *RECEIVERS))
    try:
        yield found
    finally:
        await found.close()


def lacking(settings: AdminSettings, name: str) -> list[str]:
    """The variables that a provider needs and that are not set; none where it is configured."""
    return [f"LECTERN_{one.upper()}" for one in _NEEDS[name] if getattr(settings, one) is None]


def return_url(settings: AdminSettings) -> str:
    """Where hosted pages lead back to. Raises InvalidRequest where that is not set."""
    if settings.payment_return_url is None:
        raise InvalidRequest("there is no page for people to come back to", "set LECTERN_PAYMENT_RETURN_URL")
    return settings.payment_return_url


def _unknown(settings: AdminSettings, name: str) -> tuple[str, str]:
    if name not in _NEEDS:
        return f"no provider is called {name[:40]!r}", f"name one of {', '.join(PROVIDERS)}"
    lacks = lacking(settings, name)
    if not lacks:
        return f"{name} cannot do that", "name another provider"
    return f"{name} is not configured", f"set {' and '.join(lacks)}"


def _stripe(settings: AdminSettings) -> Provider:
    from shared.billing.payments.providers.stripe.charger import Stripe

    return Stripe(settings.stripe_url, _secret(settings.stripe_api_key), settings.payment_return_url)


def _paypal(settings: AdminSettings) -> Provider:
    from shared.billing.payments.providers.paypal.connection import Connection
    from shared.billing.payments.providers.paypal.paypal import Paypal

    client_id, _, secret = _secret(settings.paypal_api_key).partition(":")
    return Paypal(Connection(settings.paypal_url, client_id, secret))


def _wise(settings: AdminSettings) -> Provider:
    from shared.billing.payments.providers.wise import Wise

    return Wise(str(settings.wise_profile), _secret(settings.wise_api_key), settings.wise_url)


def _secret(key: SecretStr | None) -> str:
    return key.get_secret_value() if key else ""


_MAKERS: Final[dict[str, Callable[[AdminSettings], Provider]]] = {
    "stripe": _stripe,
    "paypal": _paypal,
    "wise": _wise,
}
"""One for each provider; a library is imported where its provider is used."""
