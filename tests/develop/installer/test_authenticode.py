"""Who must have signed a file, and what is said when somebody else has."""

from pathlib import Path

import pytest

from develop.console import Problem
from develop.installer.authenticode import Suspect, Verdict, complaint, publisher_of, signer
from develop.installer.lock import Package

SIGNED = Package(name="qt", version="1", sha256="0" * 64, publisher="Its Company")
UNSIGNED = Package(name="part", version="1", sha256="0" * 64, unsigned=("part/x.pyd",))
REPORT = """\
Signer's certificate:
	------------------
	Signer #0:
		Subject: {subject}
		Issuer : /C=US/O=Someone/CN=Some Authority
Countersignatures:
		Subject: /CN=Some Time
"""


@pytest.mark.parametrize(
    "subject",
    ["/C=FI/O=Its Company/CN=Its Company", "C=FI, O=Somebody else, CN=Its Company", "CN = Its Company, O = Other"],
)
def test_the_signer_is_read_from_either_way_of_writing_names(subject: str) -> None:
    assert signer(REPORT.format(subject=subject)) == "Its Company"


def test_without_a_signature_there_is_no_signer() -> None:
    assert signer("No signature found\nSubject: /CN=Somebody\n") == ""


def test_a_file_must_be_signed_by_the_publisher_of_its_package() -> None:
    assert publisher_of("lib/qt/Core.dll", SIGNED) == "Its Company"
    assert publisher_of("lib/part/x.pyd", UNSIGNED) == ""


def test_an_executable_file_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Problem, match=r"part/y\.pyd of part 1 is executable"):
        publisher_of("lib/part/y.pyd", UNSIGNED)


@pytest.mark.parametrize(
    ("publisher", "found", "said"),
    [
        ("Its Company", Verdict(True, "Its Company"), ""),
        ("", Verdict(False, ""), ""),
        ("Its Company", Verdict(False, "Its Company"), "not valid"),
        ("Its Company", Verdict(True, "Another"), "signature by Another is valid"),
        ("Its Company", Verdict(False, ""), "has no signature"),
        ("", Verdict(True, "Another"), "nobody is known to sign it"),
    ],
)
def test_what_is_wrong_with_a_signature_is_said(publisher: str, found: Verdict, said: str) -> None:
    text = complaint(Suspect("a.dll", Path("a.dll"), publisher), found)
    assert bool(text) == bool(said)
    assert said in text
