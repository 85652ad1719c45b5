import pytest

from ingest.crawl.guard import Guard, refused_kind
from shared.errors import AddressRefused, InvalidUrl


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "a loopback"),
        ("127.255.255.254", "a loopback"),
        ("::1", "a loopback"),
        ("10.0.0.1", "a private"),
        ("172.16.0.1", "a private"),
        ("172.31.255.255", "a private"),
        ("192.168.1.1", "a private"),
        ("fd12:3456::1", "a private"),
        ("fec0::1", "a private"),
        ("169.254.1.1", "a link-local"),
        ("fe80::1", "a link-local"),
        ("fe80::1%eth0", "a link-local"),
        ("169.254.169.254", "a cloud's metadata"),
        ("169.254.170.2", "a cloud's metadata"),
        ("168.63.129.16", "a cloud's metadata"),
        ("100.100.100.200", "a cloud's metadata"),
        ("fd00:ec2::254", "a cloud's metadata"),
        ("100.64.0.1", "a shared (CGNAT)"),
        ("224.0.0.1", "a multicast"),
        ("ff02::1", "a multicast"),
        ("0.0.0.0", "an unspecified"),
        ("0.1.2.3", "an unspecified"),
        ("::", "an unspecified"),
        ("192.0.0.192", "a reserved"),
        ("192.0.2.1", "a reserved"),
        ("198.18.0.1", "a reserved"),
        ("240.0.0.1", "a reserved"),
        ("255.255.255.255", "a reserved"),
        ("2001:db8::1", "a reserved"),
        ("2001::1", "a reserved"),
        ("100::1", "a reserved"),
        ("4000::1", "a reserved"),
        ("::ffff:127.0.0.1", "a loopback"),
        ("::ffff:0:127.0.0.1", "a loopback"),
        ("::ffff:169.254.169.254", "a cloud's metadata"),
        ("::127.0.0.1", "a reserved"),
        ("64:ff9b::10.0.0.1", "a private"),
        ("64:ff9b::7f00:1", "a loopback"),
        ("64:ff9b:1::1", "a reserved"),
        ("2002:7f00:1::", "a loopback"),
        ("2002:a9fe:a9fe::1", "a cloud's metadata"),
        ("2606:4700::5efe:10.0.0.1", "a private"),
        ("2606:4700::200:5efe:127.0.0.1", "a loopback"),
    ],
)
def test_an_address_that_is_not_public_is_refused_by_its_kind(address: str, kind: str) -> None:
    assert refused_kind(address) == kind
    with pytest.raises(AddressRefused, match="address"):
        Guard().check_address(address)
    Guard(allow_private=True).check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.216.34",
        "172.32.0.1",
        "100.128.0.1",
        "2606:2800:220:1::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_a_public_address_passes(address: str) -> None:
    assert refused_kind(address) is None
    Guard().check_address(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/",
        "http://127.0.0.1./",
        "https://10.1.2.3/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]:80/",
        "http://[0:0:0:0:0:ffff:7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://①②⑦.⓪.⓪.①/",
        "http://１２７.0.0.1/",
    ],
)
def test_an_address_in_a_url_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        Guard().check_url(url)
    assert "--allow-private" in refused.value.line


def test_spellings_that_parsers_disagree_on_are_refused_even_where_private_sites_are_allowed() -> None:
    for url in (
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://u@127.0.0.1/",
        "ftp://127.0.0.1/",
    ):
        with pytest.raises(InvalidUrl):
            Guard(allow_private=True).check_url(url)


def test_a_name_is_left_to_its_resolution() -> None:
    assert Guard().check_url("http://Localhost./x#y") == "http://localhost/x"


def test_single_addresses_can_be_allowed() -> None:
    guard = Guard(allowed=["127.0.0.1"])
    guard.check_address("127.0.0.1")
    with pytest.raises(AddressRefused):
        guard.check_address("127.0.0.2")
