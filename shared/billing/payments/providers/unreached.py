"""Pure: why a provider was not reached, by errors of aiohttp. Nothing was asked of it then."""

import aiohttp

from shared.billing.delivery.outcome import told
from shared.errors import ProviderStopped


def unreached(error: BaseException | None, provider: str, setting: str) -> ProviderStopped | None:
    """`setting` holds its address. None where it may have been asked."""
    correct = f"correct {setting}"
    match error:
        case aiohttp.ClientConnectorCertificateError():
            why = told(str(error.certificate_error))
            return ProviderStopped(f"the certificate of {provider}'s address is refused: {why}", correct)
        case aiohttp.ClientConnectorError():
            why = told(error.os_error.strerror or type(error).__name__)
            return ProviderStopped(f"{provider} is not reached: {why}", f"a later run goes on, or {correct}")
        case aiohttp.InvalidURL():
            return ProviderStopped(f"the address of {provider} leads nowhere", correct)
    return None
