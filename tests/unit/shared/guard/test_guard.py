import pytest

from shared.errors import AddressRefused, InvalidRequest, InvalidUrl
from shared.guard.guard import Guard, refused_kind


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
        ("192.0.0.192", "a cloud's metadata"),
        ("192.0.0.8", "a reserved"),
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
        ("::127.0.0.1", "a loopback"),
        ("::8.8.8.8", "a reserved"),
        ("::ffff:0:8.8.8.8", "a reserved"),
        ("64:ff9b::10.0.0.1", "a private"),
        ("64:ff9b::7f00:1", "a loopback"),
        ("64:ff9b:1::10.0.0.1", "a private"),
        ("64:ff9b:1:a9fe:a9:fe00::", "a cloud's metadata"),
        ("64:ff9b:1::808:808", "an unspecified"),
        ("2001:0:7f00:1::", "a reserved"),
        ("2001:0:808:808:0:0:f5ff:fffe", "a reserved"),
        ("2001:0:808:808:0:0:5601:5601", "a cloud's metadata"),
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
    assert "pass --allow " in refused.value.line


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


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.0.0.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.1", "0.0.0.0"]
)
def test_all_private_addresses_can_be_allowed(address: str) -> None:
    Guard(allow_private=True).check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.1.1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
        "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::169.254.169.254",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",
    ],
)
def test_what_clouds_tell_their_machines_is_not_opened_with_the_rest(address: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        Guard(allow_private=True).check_address(address)
    assert "--allow-private" not in refused.value.line
    Guard(allowed=[address.partition("%")[0]]).check_address(address)


def test_addresses_and_networks_can_be_allowed() -> None:
    guard = Guard(allowed=["127.0.0.1", "10.1.0.0/16", "fd00:1::/64", "169.254.0.0/16", "100.64.0.0/10"])
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "10.1.255.3", "fd00:1::5", "169.254.1.1", "100.64.3.3"):
        guard.check_address(address)
    for address in ("127.0.0.2", "10.2.0.1", "fd00:2::1", "::127.0.0.1", "64:ff9b::10.1.0.1"):
        with pytest.raises(AddressRefused):
            guard.check_address(address)


@pytest.mark.parametrize("metadata", ["169.254.169.254", "100.100.100.200"])
def test_a_network_does_not_name_the_metadata_in_it(metadata: str) -> None:
    with pytest.raises(AddressRefused, match="metadata"):
        Guard(allowed=["169.254.0.0/16", "100.64.0.0/10", "0.0.0.0/0"]).check_address(metadata)


@pytest.mark.parametrize(
    "wrong", ["", "localhost", "10.0.0.5/8", "10.0.0", "10.0.0.0/33", "fe80::1%eth0/64", "http://10.0.0.1/"]
)
def test_what_is_neither_address_nor_network_is_said_in_one_line(wrong: str) -> None:
    with pytest.raises(InvalidRequest, match="neither an address nor a network") as refused:
        Guard(allowed=[wrong])
    assert "10.1.0.0/16" in refused.value.line
