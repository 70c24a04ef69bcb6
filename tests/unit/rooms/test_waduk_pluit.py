"""The ping-pong of Waduk Pluit, May 2023, as a table of deeds on Jakarta's own data: an unlicensed cafe in a park,
handed on at least seven times in eight days. Here the chain is visible, the citizen's clock never starts anew, and the
third hand-over calls an arbiter, who decides."""

from datetime import UTC, datetime, timedelta

import pytest

from tanggap import access, flow
from tanggap.models import Agency, Membership, Officer, Reason, Reference, Task
from tanggap.monitoring import line
from tanggap.routing import actions as routing
from tests.cast import case_of, move_to_jakarta, report

pytestmark = pytest.mark.django_db

SAID = "Kafe tanpa izin berdiri di Taman Waduk Pluit, bangunan liar di atas taman."
AT = datetime(2023, 5, 16, 2, 0, tzinfo=UTC)
PLUIT = (-6.110388, 106.783166)

# day, whose deed, deed, to whom
DEEDS = [
    (0, "kel-31.72.01.1005", "refer", "dinas-tamhut"),
    (1, "dinas-tamhut", "delegate", "sudin-tamhut-utara"),
    (3, "sudin-tamhut-utara", "refuse", "dinas-tamhut"),
    (3, "dinas-tamhut", "transfer", "badan-bpad"),
    (3, "kel-31.72.01.1005", "divide", "badan-bpbumd"),
    (6, "badan-bpad", "transfer", "dinas-sda"),
    (7, "dinas-sda", "delegate", "sudin-sda-utara"),
    (8, "sudin-sda-utara", "refuse", "dinas-sda"),
    (8, "penengah", "arbitrate", "satpol"),
]
CHAIN = [
    ("kel-31.72.01.1005", "route"), ("dinas-tamhut", "refer"), ("sudin-tamhut-utara", "delegate"),
    ("dinas-tamhut", "return"), ("badan-bpad", "transfer"), ("dinas-sda", "transfer"),
    ("sudin-sda-utara", "delegate"), ("dinas-sda", "return"), ("satpol", "transfer"),
]  # fmt: skip


@pytest.fixture
def jakarta():
    move_to_jakarta()
    yield
    Reference.forget()


def viewer(code: str, role: str, now: datetime) -> access.Viewer:
    agency = Agency.objects.get(code=code)
    officer, _ = Officer.objects.get_or_create(username=f"{role}-{code}", defaults={"name": code})
    Membership.objects.get_or_create(officer=officer, agency=agency, role_id=role, valid_from=AT.date())
    return access.officer_viewer(officer, now)


def play(case, day: int, who: str, deed: str, to: str) -> None:
    now = AT + timedelta(days=day, hours=1 + case.version / 10)
    target = Agency.objects.get(code=to)
    by = viewer(who, "desk", now) if who != "penengah" else viewer("inspektorat", "arbiter", now)
    refusal = Reason.objects.filter(step="refuse").first()
    match deed:
        case "refer":
            routing.refer(case.id, target, by=by, now=now)
        case "delegate":
            routing.delegate(case.id, target, by=by, now=now)
        case "refuse":
            routing.refuse(case.id, by=by, now=now, reason=refusal, note="Bukan wewenang kami.")
        case "transfer":
            task = routing.request_transfer(case.id, target, by=by, now=now, note="Aset instansi lain.")
            routing.answer_transfer(
                task.id, approve=True, by=viewer("biro-pemerintahan", "reviewer", now), now=now
            )
        case "divide":
            routing.divide(case.id, target, "Periksa izin di lahan BUMD", by=by, now=now)
        case "arbitrate":
            routing.arbitrate(case.id, target, by=by, now=now, note="Pembongkaran tugas Satpol PP.")
    flow.run_inside(now)
    case.refresh_from_db()


def test_the_chain_is_visible_and_the_clock_never_resets(jakarta):
    case = case_of(report(SAID, at=AT, point=PLUIT, category="bangunan", visibility="public"))
    if case.holder is None:
        settle(case)
    promised = case.clocks.get(step="resolution").promised_at
    for deed in DEEDS:
        play(case, *deed)
    rows = list(case.assignments.order_by("position").select_related("agency"))
    assert [(row.agency.code, row.kind) for row in rows] == CHAIN
    assert case.handovers == 8
    assert (case.opened_at, case.clocks.get(step="resolution").promised_at) == (AT, promised)
    assert [part.holder.code for part in case.parts.all()] == ["badan-bpbumd"]
    shown = [stop for stop in line.stops(case, AT + timedelta(days=9)) if stop.agency]
    assert [stop.agency for stop in shown] == [code for code, _ in CHAIN]
    assert (shown[3].side, shown[3].out, shown[-1].kind) == (True, True, "now")
    assert sum(stop.share for stop in shown) in range(97, 104)


def test_the_third_hand_over_calls_an_arbiter_once(jakarta):
    case = case_of(report(SAID, at=AT, point=PLUIT, category="bangunan", visibility="public"))
    if case.holder is None:
        settle(case)
    for deed in DEEDS[:7]:
        play(case, *deed)
    assert Task.objects.filter(case=case, kind="arbiter", done_at=None).count() == 1


def settle(case) -> None:
    """Where the lexicon isn't sure, a person at the triage desk says what it is: as in the city."""
    from tanggap.models import Category
    from tanggap.triage import actions as triage

    triage.settle(
        case.id, by=viewer("up-jsc", "triage", AT), now=AT, category=Category.objects.get(code="bangunan")
    )
    flow.run_inside(AT)
    case.refresh_from_db()
