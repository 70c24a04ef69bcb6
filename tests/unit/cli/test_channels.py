"""`tanggap channel` as typed: health lines, one sentence on an account, and what doctor and metrics say of channels."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tanggap import cli
from tanggap.channels import registry
from tanggap.cli import doctor_inside, place
from tanggap.models import Channel, ChannelState, Letter
from tanggap.monitoring import counts, metrics
from tests.cast import report
from tests.talk import talking

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The commands on the test's own database, with two channels set up."""
    monkeypatch.setattr(place, "django", nullcontext)
    monkeypatch.setattr(place, "end_with_parent", lambda: None)
    counts.forget()
    with talking(monkeypatch):
        yield


def failing() -> None:
    gema = Channel.objects.get(code="gema")
    ChannelState.objects.create(channel=gema, failing_since=NOW - timedelta(hours=5), last_error="No credit left.",
                                daily_quota=100, received_at=NOW - timedelta(minutes=4))  # fmt: skip


def answering(monkeypatch, said: str) -> None:
    gema = replace(registry.KINDS["gema"], test=lambda account: said)
    monkeypatch.setattr(registry, "KINDS", registry.KINDS | {"gema": gema})


def test_the_list_has_a_line_for_each_channel_and_says_what_is_wrong(capsys):
    failing()
    assert cli.main(["channel", "list"]) == 0
    told = {row.split()[0]: row for row in capsys.readouterr().out.splitlines()}
    assert told["gema"].split()[1:6] == ["gema", "failing", "4", "min", "-"]
    assert told["gema"].endswith("0/100  failing for 5 h: No credit left.")
    assert "missing TANGGAP_SUREL_ADDRESS" in told["surel"]
    assert told["loket"].split()[2] == "by_hand"


@pytest.mark.parametrize(("said", "code", "line"), [
    ("", 0, "gema: in order.\n"), ("The provider does not know this key.", 1,
                                   "gema: The provider does not know this key.\n"),
])  # fmt: skip
def test_a_trial_is_one_sentence_and_an_exit_code(capsys, monkeypatch, said, code, line):
    answering(monkeypatch, said)
    assert (cli.main(["channel", "test", "gema"]), capsys.readouterr().out) == (code, line)


def test_a_kind_means_all_of_its_channels(capsys):
    assert cli.main(["channel", "test", "email"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("surel: It is not set up on this machine: TANGGAP_SUREL_ADDRESS")


def test_a_name_that_is_neither_is_refused_in_a_sentence(capsys):
    assert cli.main(["channel", "test", "merpati"]) == 1
    assert "'merpati' is neither a channel of this city nor a kind of one" in capsys.readouterr().err


def test_the_doctor_names_lines_that_fail_and_those_half_set_up(monkeypatch):
    failing()
    monkeypatch.setenv("TANGGAP_SUREL_ADDRESS", "lapor@melati.test")
    found = list(doctor_inside.channels(NOW))
    assert found[0].startswith("Channel gema has been failing for 5 hours (No credit left)")
    assert found[1].startswith("Channel surel is half set up: TANGGAP_SUREL_TOKEN_SECRET, ")


def test_the_doctor_finds_settings_of_a_channel_that_is_not_there(monkeypatch):
    monkeypatch.setenv("TANGGAP_SURELL_IMAP_HOST", "imap.melati.test")
    monkeypatch.setenv("TANGGAP_SUREL_IMAP_HOST", "imap.melati.test")
    monkeypatch.setenv("TANGGAP_SMTP_HOST", "smtp.melati.test")
    assert [said.split()[0] for said in doctor_inside.strangers(NOW)] == ["TANGGAP_SURELL_IMAP_HOST"]


def test_metrics_tell_letters_by_channel_and_which_lines_fail():
    failing()
    row = report(at=NOW)
    Letter.objects.create(
        report=row, case=row.case, code="told", state="failed", at=NOW, account="gema", way="gema"
    )
    samples = {
        (one.name, *sorted(one.labels.values())): one.value
        for family in metrics.channels(NOW)
        for one in family.samples
    }
    assert samples["tanggap_channel_letters", "failed", "gema"] == 1
    assert (samples["tanggap_channel_failing", "gema"], samples["tanggap_channel_failing", "angin"]) == (1, 0)
    assert samples["tanggap_channel_heard_seconds", "gema"] == 240
