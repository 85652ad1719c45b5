"""Settings that cannot be right are told in one line without secrets; unknown names, with what is near them."""

import pytest

from shared import settings
from shared.errors import SettingsError

ODD = [
    ("qdrant_url", "http://", "must name a host"),
    ("qdrant_url", "http://:6333", "must name a host"),
    ("qdrant_url", "http://q uiet:6333", "is not an address"),
    ("qdrant_url", "http://[::1]x", "is not an address"),
    ("qdrant_api_key", "hid\n", "must be one word in ASCII"),
    ("qdrant_api_key", "hidé", "must be one word in ASCII"),
    ("redis_url", "redis://:hidden@[::1]x/0", "is not an address"),
    ("database_url", "postgresql://me:hidden@[::1]x/lectern", "is not an address"),
    ("database_url", "postgresql://me:hid den@db/lectern", "is not an address"),
]


@pytest.mark.parametrize(("name", "address", "told"), ODD)
def test_an_address_that_no_driver_can_read_is_refused(name: str, address: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load(**{name: address})
    assert f"LECTERN_{name.upper()} {told}" in str(refused.value)
    assert "hid" not in refused.value.line


NUMBERS = [
    ("page_memory", "much", "must be a whole number"),
    ("page_memory", "1.5", "must be a whole number"),
    ("page_memory", "3", "must be 64 or more"),
    ("qdrant_shards", "0", "must be 1 or more"),
    ("qdrant_replicas", "two", "must be a whole number"),
    ("qdrant_write_consistency", "0.5", "must be a whole number"),
    ("tool_timeout", "soon", "must be a number"),
    ("tool_timeout", "nan", "must be a number"),
    ("tool_timeout", "0", "must be more than 0"),
    ("tool_timeout", "1e9", "must be 3,600 or less"),
    ("log_queries", "maybe", "must be on or off"),
]


@pytest.mark.parametrize(("name", "value", "told"), NUMBERS)
def test_what_is_wrong_with_a_number_is_said_in_plain_words(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load(**{name: value})
    assert str(refused.value) == f"LECTERN_{name.upper()} {told}"


def test_addresses_of_every_usual_form_are_taken() -> None:
    settings.load(
        qdrant_url="https://[::1]:6333/base",
        redis_url="unix:///run/with%20space/redis.sock?db=1",
        database_url="postgresql://me:p%40ss@[::1]:5432/lectern?sslmode=require",
    )


MAIL = [
    ("smtp_url", "mail.example.org", "must start with smtp:// or smtps://"),
    ("smtp_url", "smtp://", "must name a host"),
    ("smtp_url", "smtp://mail..example.org", "must name a host"),
    ("smtp_url", "smtp://mail.example.org/box", "must hold a host and a port"),
    ("smtp_url", "smtp://mail.example.org?tls=maybe", "must hold a host and a port"),
    ("smtp_url", "smtps://mail.example.org?tls=off", "must be smtp://"),
    ("smtp_url", "smtp://:hidden@mail.example.org", "must name who logs in"),
    ("smtp_url", "smtp://me:hidden@mail.example.org?tls=off", "must hold no name and password"),
    ("mail_from", "billing", "must be an address"),
    ("mail_from", "billing@", "must be an address"),
    ("mail_from", "a@example.org, b@example.org", "must be an address"),
    ("mail_from", "team: a@example.org;", "must be an address"),
    ("mail_from", "jürgen@example.org", "must be an address"),
    ("mail_from", "a@example.org\nBcc: b@example.org", "must be an address"),
    ("alert_webhook_url", "ftp://example.org", "must start with http:// or https://"),
    ("alert_webhook_url", "https://", "must name a host"),
    ("alert_webhook_secret", "hidden", "must be whsec_ and base64"),
    ("alert_webhook_secret", "whsec_hidden", "must be whsec_ and base64"),
    ("alert_webhook_secret", "whsec_aGlkZGVu", "must be whsec_ and base64"),
]


@pytest.mark.parametrize(("name", "value", "told"), MAIL)
def test_a_way_to_people_that_cannot_be_right_is_refused(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load(settings.AdminSettings, **{name: value})
    assert f"LECTERN_{name.upper()} {told}" in str(refused.value)
    assert "hidden" not in refused.value.line


def test_ways_to_people_of_every_usual_form_are_taken() -> None:
    for url in (
        "smtps://me:p%40ss@mail.example.org",
        "smtp://[::1]:2525?tls=off",
        "smtp://me:x@localhost?tls=off",
    ):
        settings.load(settings.AdminSettings, smtp_url=url)
    for sender in ("billing@example.org", '"Lectern, Inc" <a@example.org>', "Bücher <a@bücher.example>"):
        settings.load(settings.AdminSettings, mail_from=sender)
    settings.load(settings.AdminSettings, alert_webhook_secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


PAYMENTS = [
    ("stripe_url", "api.stripe.com", "must name a host"),
    ("stripe_url", "http://api.stripe.com", "must start with https://"),
    ("stripe_url", "ftp://localhost", "must start with https://"),
    ("stripe_url", "https://me:hidden@api.stripe.com", "must hold no name or password"),
    ("stripe_url", "https://api.stripe.com?key=hidden", "must hold a host and a path"),
    ("stripe_api_key", "pk_live_hidden", "must be a secret or restricted key"),
    ("stripe_api_key", "sk_live_hidden hidden", "must be a secret or restricted key"),
    ("stripe_webhook_secret", "hidden", "must be the signing secret"),
    ("stripe_webhook_secret", "whsec_hidden", "must be the signing secret"),
    ("paypal_api_key", "hidden", "must be client id and secret"),
    ("paypal_api_key", "hidden:", "must be client id and secret"),
    ("paypal_api_key", "a:b:hidden", "must be client id and secret"),
    ("paypal_webhook_id", "WH/1", "must be the id of the webhook"),
    ("wise_api_key", "hidden key", "must be one word in ASCII"),
    ("wise_profile", "P1", "must be a whole number"),
    ("wise_public_key", "wise.pem", "must be a public key in PEM, or the absolute path"),
    ("wise_public_key", "-----BEGIN PRIVATE KEY-----\nhidden", "must be a public key in PEM"),
    ("payment_return_url", "http://example.org/billing", "must start with https://"),
    ("payment_return_url", "https://", "must name a host"),
]


@pytest.mark.parametrize(("name", "value", "told"), PAYMENTS)
def test_a_way_to_a_provider_that_cannot_be_right_is_refused(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load(settings.AdminSettings, **{name: value})
    assert f"LECTERN_{name.upper()} {told}" in str(refused.value)
    assert "hidden" not in refused.value.line


def test_ways_to_providers_of_every_usual_form_are_taken() -> None:
    pem = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"
    found = settings.load(
        settings.AdminSettings,
        stripe_url="http://127.0.0.1:8420/",
        stripe_api_key="rk_live_51Abc",
        stripe_webhook_secret="whsec_0123456789abcdef",
        paypal_api_key="AZ-1_x:EF-2_y",
        wise_profile="123",
        wise_public_key=pem.replace("\n", "\\n") + "\n",
        payment_return_url="https://example.org/billing?from=provider",
    )
    assert (found.stripe_url, found.paypal_url) == ("http://127.0.0.1:8420", "https://api-m.paypal.com")
    assert (found.wise_public_key, found.wise_profile) == (pem, 123)
    settings.load(
        settings.AdminSettings, wise_public_key="/etc/lectern/wise.pem", stripe_url="http://[::1]:1/a"
    )


UNKNOWN = [
    (["LECTERN_HOMEE"], "LECTERN_HOMEE (is LECTERN_HOME meant?)"),
    (["LECTERN_DATABSE_URL"], "LECTERN_DATABSE_URL (is LECTERN_DATABASE_URL meant?)"),
    (["lectern_hom"], "LECTERN_HOM (is LECTERN_HOME meant?)"),
    (["LECTERN_XYZZY"], "LECTERN_XYZZY"),
    (["LECTERN_"], "LECTERN_"),
    (["LECTERN_B\x1b[31m"], "LECTERN_B\\x1b[31M"),
]


@pytest.mark.parametrize(("names", "told"), UNKNOWN)
def test_a_variable_that_nobody_reads_is_told_with_what_is_near(names: list[str], told: str) -> None:
    warning = settings.unread(dict.fromkeys(names, "x"))
    assert warning == f"no setting is called {told}"


def test_all_unknown_variables_are_one_warning() -> None:
    names = [f"LECTERN_{letter * 12}" for letter in "ABCDEFG"]
    warning = settings.unread(dict.fromkeys(names, "x"))
    assert warning.count("LECTERN_") == 5
    assert warning.endswith(", and 2 more")


def test_what_another_door_reads_is_no_mistake() -> None:
    known = {f"LECTERN_{name.upper()}": "x" for name in settings.Settings.model_fields}
    others = dict.fromkeys(
        ["LECTERN_TEST_QDRANT_URL", "LECTERN_ADMIN_TOKEN", "lectern_home", "HOME", "XLECTERN_A"], "x"
    )
    assert settings.unread(known | others | {"LECTERN_EMPTY": ""}) == ""
