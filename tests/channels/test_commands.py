"""Words to the machine alone, in any case and language; the same inside a sentence is a report (C07)."""

import pytest

from tanggap.channels.base import HELP, START, STATUS, STOP
from tanggap.channels.commands import command


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("STOP", (STOP, "")),
        (" stop ", (STOP, "")),
        ("Berhenti!", (STOP, "")),
        ("“berhenti”", (STOP, "")),
        ("UNREG", (STOP, "")),
        ("mulai", (START, "")),
        ("Bantuan.", (HELP, "")),
        ("help?", (HELP, "")),
        ("status", (STATUS, "")),
        ("STATUS JK261124-0007", (STATUS, "JK261124-0007")),
        ("cek #JK261124-0007.", (STATUS, "JK261124-0007")),
        ("tolong stop truk di jalan saya", None),
        ("stop truk", None),
        ("status jalan", None),
        ("berhenti di halte itu bus selalu lewat", None),
        ("bantuan sosial belum datang", None),
        ("", None),
        ("...", None),
        ("stop " * 100, None),
    ],
)
def test_a_command_is_the_whole_message(words, found):
    assert command(words) == found
