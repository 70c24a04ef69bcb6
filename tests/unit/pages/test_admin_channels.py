"""The administrator's page of channels: how each is doing, whether it is set up, the switch, the quota, the trial."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from tanggap.channels import registry
from tanggap.channels.base import Trouble
from tanggap.models import Change, Channel, ChannelState, Inbound, Letter, Task
from tanggap.monitoring import counts
from tanggap.reply import lines
from tanggap.work import lines as work
from tests.cast import NOON, report
from tests.talk import KEY, talking
from tests.unit.pages.test_review import queries

pytestmark = pytest.mark.django_db
HOME = "/petugas/atur/kanal/"
NOW = NOON + timedelta(hours=30)


@pytest.fixture(autouse=True)
def provider(monkeypatch):
    counts.forget()
    with talking(monkeypatch) as providers:
        yield providers


def channel(code: str = "gema") -> Channel:
    return Channel.objects.get(code=code)


def put(code: str = "gema", **values) -> None:
    ChannelState.objects.update_or_create(channel=channel(code), defaults=values)


def address(name: str = "", code: str = "gema") -> str:
    return f"{HOME}{channel(code).pk}/{name}"


def answering(monkeypatch, test) -> None:
    kind = registry.KINDS["gema"]
    monkeypatch.setattr(registry, "KINDS", registry.KINDS | {"gema": replace(kind, test=test)})


@pytest.mark.parametrize("name", ["", "matikan/", "jatah/"])
def test_administrators_alone_open_these_pages(visit, name):
    assert visit("joko").get(address(name)).status_code == 200
    assert {visit(who).get(address(name)).status_code for who in ("budi", "gita", "hana", "kirana")} == {404}
    assert visit().get(HOME).status_code == 302


def test_a_line_that_fails_says_since_when_and_why(visit, words):
    put(failing_since=NOW - timedelta(hours=3), last_error="The provider refused our key.",
        down_until=NOW + timedelta(minutes=5))  # fmt: skip
    said = words(visit("joko").get(HOME))
    assert ("Away" in said or "Tidak terjangkau" in said, "The provider refused our key." in said) == (
        True,
        True,
    )
    assert "kanal yang butuh Anda: Gema 1" in said


def test_missing_settings_are_named_and_no_value_is_ever_shown(visit, words, monkeypatch):
    monkeypatch.setenv("TANGGAP_SUREL_ADDRESS", "lapor@melati.test")
    monkeypatch.setenv("TANGGAP_SUREL_IMAP_PASSWORD", "sangat-rahasia")
    page = visit("joko").get(address(code="surel"))
    assert "TANGGAP_SUREL_IMAP_HOST" in words(page)
    assert ("sangat-rahasia" in page.content.decode(), "lapor@melati.test" in page.content.decode()) == (
        False,
        False,
    )
    assert KEY not in visit("joko").get(address()).content.decode()


def test_letters_of_a_day_are_counted_by_their_end(visit, words):
    row = report()
    for state in ("sent", "sent", "read", "failed"):
        Letter.objects.create(
            report=row, case=row.case, code="told", state=state, at=NOW, account="gema", way="gema"
        )
    Letter.objects.create(report=row, case=row.case, code="told", state="queued", at=NOW, way="gema")
    said = words(visit("joko").get(HOME))
    assert "2 terkirim" in said
    assert ("1 dibaca" in said, "1 gagal" in said or "1 tidak dapat dikirim" in said) == (True, True)
    assert "1 surat" in words(visit("joko").get(address()))


def test_what_nobody_could_read_is_counted_here(visit, words):
    raw = Inbound.objects.create(account="gema", external_id="1", hash=b"", received_at=NOW, purge_at=NOW)
    Task.objects.create(kind=Task.UNREADABLE, inbound=raw, role="triage", opened_at=NOW)
    assert "1 tak terbaca, di meja pilah" in words(visit("joko").get(HOME))


def test_the_list_costs_the_same_however_many_letters_there_are(visit):
    client = visit("joko")
    client.get(HOME)
    few = queries(client, HOME)
    row = report()
    for place in range(20):
        Letter.objects.create(report=row, case=row.case, code="told", state="sent", at=NOW, account="gema",
                              external_id=str(place))  # fmt: skip
    assert queries(client, HOME) <= few


def test_the_switch_is_a_change_with_a_reason_and_can_be_undone(visit):
    client = visit("joko")
    assert client.post(address("matikan/"), {"reason": "ya"}).status_code == 200
    assert not ChannelState.objects.filter(on=False).exists()
    client.post(address("matikan/"), {"reason": "Nomor sedang dipindahkan"})
    change = Change.objects.get(object="channel:gema")
    assert (change.before["on"], change.after["on"], change.reason) == (
        True,
        False,
        "Nomor sedang dipindahkan",
    )
    assert client.get("/hooks/gema/").status_code == 404
    client.post(f"/petugas/atur/urungkan/{change.pk}/", {"reason": "Sudah selesai dipindahkan"})
    assert ChannelState.objects.get(channel=channel()).on is True
    assert "belum berbeda" not in client.get(address()).content.decode()


def test_an_undoing_that_came_too_late_says_so(visit, words):
    client = visit("joko")
    client.post(address("jatah/"), {"letters": "50", "reason": "Tagihan bulan ini"})
    first = Change.objects.get(object="channel:gema")
    client.post(address("jatah/"), {"letters": "", "reason": "Anggaran ditambah"})
    client.post(f"/petugas/atur/urungkan/{first.pk}/", {"reason": "Salah ketik tadi"})
    assert ChannelState.objects.get(channel=channel()).daily_quota is None


@pytest.mark.parametrize("typed", ["-1", "banyak", "1000001", "9" * 40, "\x00"])
def test_a_bad_quota_is_refused_beside_its_field(visit, typed):
    answer = visit("joko").post(address("jatah/"), {"letters": typed, "reason": "Tagihan bulan ini"})
    assert (answer.status_code, Change.objects.filter(object="channel:gema").count()) == (200, 0)


def test_the_same_again_changes_nothing(visit):
    client = visit("joko")
    client.post(address("hidupkan/"), {"reason": "Tekan dua kali"})
    assert Change.objects.filter(object="channel:gema").count() == 0


def test_a_channel_without_a_line_has_no_switch_and_no_trial(visit):
    client = visit("joko")
    assert client.get(address(code="loket")).status_code == 200
    assert client.get(address("matikan/", "loket")).status_code == 404
    assert client.post(address("uji/", "loket")).status_code == 404


def test_the_trial_says_in_a_sentence_what_is_wrong(visit, words, monkeypatch):
    answering(monkeypatch, lambda account: "The provider does not know this key.")
    assert "The provider does not know this key." in words(visit("joko").post(address("uji/")))
    answering(monkeypatch, lambda account: "")
    assert "Beres." in words(visit("joko").post(address("uji/")))


def trouble(account):
    raise Trouble("The server is away.")


@pytest.mark.parametrize(("test", "said"), [
    (trouble, "The server is away."), (lambda account: 1 / 0, "The test itself broke: ZeroDivisionError."),
    (lambda account: time.sleep(1), "No answer within 0 seconds."),
])  # fmt: skip
def test_a_trial_that_breaks_or_hangs_is_a_sentence_too(monkeypatch, test, said):
    answering(monkeypatch, test)
    assert lines.trial(channel(), NOW, seconds=0.1) == said


def test_trials_have_an_end_in_an_hour(visit, monkeypatch):
    answering(monkeypatch, lambda account: "")
    monkeypatch.setattr("tanggap.pages.admin.channels.TESTS_AN_HOUR", 1)
    client = visit("joko")
    assert [client.post(address("uji/")).status_code for _ in range(2)] == [200, 302]


def test_a_line_that_is_listened_to_ends_when_its_channel_is_switched_off(monkeypatch):
    put(on=True)
    line, heard = work.Line("gema", registry.KINDS["gema"], threading.Event()), []
    monkeypatch.setattr(work, "LOOK_SECONDS", -1.0)
    heard.append(line.is_over())
    put(on=False)
    heard.append(line.is_over())
    assert heard == [False, True]
