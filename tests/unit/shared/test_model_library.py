"""What names a library and a version of it, and what names neither."""

import json

import pytest

from ingest.crawl.addresses.site_versions import parse_switcher
from ingest.libraries.find import read_typed
from shared.errors import InvalidLibraryId
from shared.model.library import (
    LibraryRef,
    check_asked_version,
    check_version,
    is_version,
    parse_library_ref,
)

NO_VERSIONS = [
    ".",
    "..",
    "...",
    "-",
    "_",
    "--",
    "._-",
    "",
    "a/b",
    "..\\x",
    "1.0\n1",
    "١",
    "a" * 51,
    "1\u200b",
    "\U000e0041",
]


@pytest.mark.parametrize("version", NO_VERSIONS)
def test_signs_alone_are_no_version(version: str) -> None:
    with pytest.raises(InvalidLibraryId):
        check_version(version)
    for typed in (f"/pallets/flask/{version}", f"/pallets/flask@{version}"):
        with pytest.raises(InvalidLibraryId):
            parse_library_ref(typed if version else "/pallets/flask@/")
    listed = json.dumps([{"version": version, "url": "/x/"}])
    assert not parse_switcher(listed.encode(), "http://h/versions.json")


@pytest.mark.parametrize("asked", ["^", "~=", "", " 1", "1\n", "1 " * 26, "v2\t", "$2", "2;3", "١"])
def test_signs_and_what_is_too_long_can_not_be_asked_for(asked: str) -> None:
    with pytest.raises(InvalidLibraryId):
        check_asked_version(asked)


@pytest.mark.parametrize(
    ("typed", "version"),
    [
        ("/pallets/flask/^2.2", "^2.2"),
        ("/pallets/flask@>=2, <3", ">=2, <3"),
        ("/pallets/flask==2.2", "==2.2"),
        ("/pallets/flask~=2.2.0", "~=2.2.0"),
        ("/pallets/flask/^1 || ^2/", "^1 || ^2"),
        ("/pallets/flask/*", "*"),
        ("/pallets/flask@2.2.x", "2.2.x"),
    ],
)
def test_a_range_is_asked_for_as_a_version_is(typed: str, version: str) -> None:
    assert parse_library_ref(typed, check_asked_version) == LibraryRef("/pallets/flask", version)
    assert not is_version(version) or parse_library_ref(typed).version == version


@pytest.mark.parametrize("version", [".", "..", "--", "_"])
def test_what_a_person_types_names_no_such_version(version: str) -> None:
    for typed in (f"flask@{version}", f"/pallets/flask/{version}", f"pallets/{version}", version):
        with pytest.raises(InvalidLibraryId):
            read_typed(typed)


@pytest.mark.parametrize("version", ["1", "v1.0", "1.0-rc_1", "latest", ".1", "-1", "x" * 50])
def test_a_version_has_a_letter_or_a_digit(version: str) -> None:
    assert check_version(version) == version
    assert parse_library_ref(f"pallets/flask/{version}") == LibraryRef("/pallets/flask", version)
