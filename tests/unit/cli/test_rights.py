"""`tanggap retention`: counts first; ends only what it is told to end."""

from datetime import timedelta

import pytest

from tanggap.cli import parser
from tanggap.cli import rights as cli
from tanggap.models import Inbound
from tests import cast as people

LATE = people.NOON + timedelta(days=100)


@pytest.fixture
def old(db):
    people.assemble()
    return people.report()


def test_one_of_both_must_be_said(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["retention"])
    with pytest.raises(SystemExit):
        parser().parse_args(["retention", "--dry-run", "--apply"])
    assert parser().parse_args(["retention", "--dry-run"]).apply is False


def test_a_dry_run_prints_each_rule_and_changes_nothing(old, capsys):
    assert cli.show(LATE) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1].split()[:4] == ["raw", "90", "days", "1"]
    assert "UU 27/2022" in told[1]
    assert [line.split()[0] for line in told[1:-1]] == [
        "raw",
        "originals",
        "contacts",
        "letters",
        "words",
        "sessions",
    ]
    assert Inbound.objects.exclude(body=None).count() == 1


def test_applied_it_says_what_went(old, capsys):
    assert cli.do(LATE) == 0
    assert capsys.readouterr().out == "Ended: raw 1.\n"
    assert Inbound.objects.exclude(body=None).count() == 0
    assert cli.do(LATE) == 0
    assert capsys.readouterr().out == "Nothing's time is over.\n"
