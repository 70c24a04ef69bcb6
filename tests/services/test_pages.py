"""Every page in a real browser, at phone and desk width: it fits, axe finds nothing, no message on the console; a
picture of each is kept to be looked at."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from tanggap import access, door, flow
from tanggap.channels.base import Unreadable
from tanggap.followup import actions as followup
from tanggap.intake import files, receive
from tanggap.models import (
    Agency,
    ApiKey,
    Case,
    Change,
    Channel,
    ChannelState,
    Handover,
    Hook,
    HookCall,
    Letter,
    Message,
    Partner,
    Reason,
    Report,
    Resolution,
    Task,
    local_day,
)
from tanggap.people import actions, links, rules
from tanggap.reply import heard, hooks
from tanggap.routing import actions as routing
from tanggap.web.keys import make_key
from tests import cast as people
from tests.talk import talking

WIDTHS = {"phone": (390, 844), "desk": (1366, 768)}
# name of the picture, who looks, address; {number} is a private case in work, {closed} one that waits for its citizen
PAGES = [
    ("home", None, "/"),
    ("report", None, "/lapor/"),
    ("lookup", None, "/lacak/"),
    ("track-private", None, "/lacak/{number}/"),
    ("track-own", "ani", "/lacak/{number}/"),
    ("confirm", "ani", "/lacak/{closed}/beres/"),
    ("mine", "ani", "/laporan-saya/"),
    ("who", "ani", "/lacak/{number}/siapa/"),
    ("board", None, "/papan/"),
    ("status", None, "/keadaan/"),
    ("privacy", None, "/privasi/"),
    ("privacy-before", None, "/privasi/2026-01/"),
    ("data", "ani", "/lacak/{number}/data/"),
    ("data-erase", "ani", "/lacak/{number}/data/hapus/"),
    ("data-erased", None, "/data-terhapus/"),
    ("accessibility", None, "/aksesibilitas/"),
    ("gaya", None, "/gaya/"),
    ("login", None, "/masuk/"),
    ("app-enter", None, "/aplikasi/masuk/"),
    ("missing", None, "/tidak-ada/"),
    ("inbox", "budi", "/petugas/"),
    ("case", "fajar", "/petugas/kasus/{number}/"),
    ("refer", "budi", "/petugas/langkah/{fresh}/refer/"),
    ("submit", "fajar", "/petugas/langkah/{number}/submit/"),
    ("search", "budi", "/petugas/cari/?q=jalan"),
    ("keys", "budi", "/petugas/perintah/"),
    ("reveal", "budi", "/petugas/buka/{fresh}/"),
    ("triage", "gita", "/petugas/pilah/"),
    ("unreadable", "gita", "/petugas/pilah/tak-terbaca/"),
    ("unreadable-task", "gita", "/petugas/pilah/tak-terbaca/{strange}/"),
    ("resend", "fajar", "/petugas/surat/{letter}/ulang/"),
    ("set-apart", "fajar", "/petugas/pesan/{message}/pisah/"),
    ("admin-channels", "joko", "/petugas/atur/kanal/"),
    ("admin-channel", "joko", "/petugas/atur/kanal/{channel}/"),
    ("admin-channel-off", "joko", "/petugas/atur/kanal/{channel}/matikan/"),
    ("admin-channel-quota", "joko", "/petugas/atur/kanal/{channel}/jatah/"),
    ("review", "dewi", "/petugas/periksa/"),
    ("review-case", "dewi", "/petugas/periksa/{submitted}/"),
    ("tasks", "dewi", "/petugas/tugas/"),
    ("field", "fajar", "/petugas/lapangan/"),
    ("field-case", "fajar", "/petugas/lapangan/{number}/"),
    ("counter", "indah", "/petugas/loket/"),
    ("city-board", "dewi", "/petugas/papan/"),
    ("admin", "joko", "/petugas/atur/"),
    ("admin-people", "joko", "/petugas/atur/orang/"),
    ("admin-person", "joko", "/petugas/atur/orang/{person}/"),
    ("admin-person-new", "joko", "/petugas/atur/orang/baru/"),
    ("admin-role", "joko", "/petugas/atur/orang/{person}/peran/"),
    ("admin-stand-in", "joko", "/petugas/atur/orang/{person}/wakil/"),
    ("admin-leave", "joko", "/petugas/atur/orang/{person}/keluar/"),
    ("admin-undo", "joko", "/petugas/atur/urungkan/{change}/"),
    ("admin-agency", "joko", "/petugas/atur/instansi/{agency}/"),
    ("admin-handovers", "joko", "/petugas/atur/serah/"),
    ("admin-handover", "joko", "/petugas/atur/serah/{rule}/"),
    ("admin-handover-new", "joko", "/petugas/atur/serah/baru/"),
    ("admin-partners", "joko", "/petugas/atur/mitra/"),
    ("admin-partner", "joko", "/petugas/atur/mitra/{partner}/"),
    ("admin-partner-new", "joko", "/petugas/atur/mitra/baru/"),
    ("admin-partner-end", "joko", "/petugas/atur/mitra/{partner}/akhiri/"),
    ("partner", "mira", "/mitra/"),
    ("partner-file", "mira", "/mitra/lapor/"),
    ("partner-sent-later", "mira", "/mitra/terkirim/{filed}/"),
    ("partner-account", "mira", "/akun/"),
    ("reset", None, "/atur-ulang/"),
    ("account", "budi", "/akun/"),
]


def picture() -> bytes:
    """A road with a hole, in a few strokes."""
    image = Image.new("RGB", (640, 480), "#ccd5d3")
    draw = ImageDraw.Draw(image)
    draw.polygon([(260, 200), (390, 200), (640, 480), (0, 480)], fill="#73767a")
    draw.ellipse((240, 340, 380, 400), fill="#2f2a25")
    held = BytesIO()
    image.save(held, "JPEG")
    return held.getvalue()


def kept(now, moment: str):
    return files.keep(SimpleUploadedFile("foto.jpg", picture()), draft=uuid4(), now=now, moment=moment)


def told(now, words: str, **more) -> Report:
    photo = kept(now, "before")
    said = people.submission(words, at=now, photos=(photo.uuid,), draft=photo.draft, **more)
    receipt = receive([door.prepare(said)], now)[0]
    flow.run_inside(now)
    return Report.objects.get(pk=receipt.report_id)


@pytest.fixture(autouse=True)
def lines(monkeypatch) -> Iterator[None]:
    """Two channels where one talks are set up."""
    with talking(monkeypatch):
        yield


@pytest.fixture
def city(story) -> Iterator[dict[str, str]]:
    """A small city in the middle of its day: cases in every state, a photo before and after, a task at each desk."""
    cast = people.assemble()
    now = timezone.now() - timedelta(hours=3)
    rows = {
        "fresh": told(now, "Jalan rusak dekat pasar, lubang kecil di tikungan."),
        "number": told(now, "Jalan rusak, lubang besar di depan pasar. Hubungi 0812-3456-7890."),
        "submitted": told(now, "Jalan rusak, lubang di depan sekolah, anak-anak jatuh.", visibility="public"),
        "closed": told(now, "Jalan rusak, lubang di dekat jembatan.", visibility="public"),
    }
    told(now, "Tolong dibantu ya pak", point=None)
    told(now, "Jalan rusak di perbatasan, lubang.", point=(-2.2, 118.0))
    for name in ("number", "submitted", "closed"):
        case = Case.objects.get(number=rows[name].number)
        routing.refer(case.id, people.agency("dinas-jalan"), by=cast.budi, now=now + timedelta(minutes=10))
        routing.delegate(
            case.id, people.agency("cabang-jalan-a"), by=cast.citra, now=now + timedelta(minutes=20)
        )
        followup.start(case.id, by=cast.fajar, now=now + timedelta(minutes=30))
        if name != "number":
            finish(case, cast, now + timedelta(minutes=60))
        if name == "closed":
            followup.close(case.id, by=cast.dewi, now=now + timedelta(minutes=90))
    flow.run_inside(timezone.now())
    Task.objects.filter(kind=Task.OUTSIDE).update(opened_at=now)
    assert Reason.objects.exists()
    rows |= filed(now)
    numbers = {name: row.number for name, row in rows.items()}
    dinas = Agency.objects.filter(code="dinas-jalan")
    as_loaded = dinas.values("short", "email").get()
    numbers |= talked(rows["number"], now + timedelta(hours=2))
    yield numbers | {"secret": access.secret_of(rows["number"])} | looked_after(cast)
    dinas.update(**as_loaded)  # the city's own data outlives a story


def filed(now) -> dict[str, Report]:
    """Mira's: one of today that is private, one that is public, one from before."""
    mira = people.partner("mira")
    common = {"channel": "mitra", "keyed_by": mira.pk, "partner": mira.memberships.get().agency.partner.pk}
    told(
        now - timedelta(days=2),
        "Sampah menumpuk di Kampung Mawar, sudah seminggu.",
        visibility="public",
        **common,
    )
    told(now + timedelta(minutes=5), "Lampu jalan mati di depan balai RW.", visibility="public", **common)
    return {"filed": told(now + timedelta(minutes=9), "Got mampet di gang.", **common)}


def looked_after(cast) -> dict[str, str]:
    """Eko, who stands in for Citra, was invited, and will leave a role; an agency that has changed."""
    now, eko, dinas = timezone.now(), cast.officer("eko"), people.agency("dinas-jalan")
    common = {"by": cast.joko, "now": now, "reason": "Cuti tahunan"}
    week = {"begins": local_day(now), "ends": local_day(now) + timedelta(days=7)}
    actions.deputise(eko, cast.officer("citra"), **week, **common)
    links.invite(eko, **common)
    named = {"name": dinas.name, "short": "Bina Jalan", "email": "jalan@melati.test", "parent": dinas.parent}
    rules.change_agency(dinas, **named, begins=dinas.valid_from, ends=None, **common)
    change = Change.objects.filter(object="officer:eko", verb="add").latest("id")
    return {"person": str(eko.pk), "agency": str(dinas.pk), "change": str(change.pk),
            "rule": str(Handover.objects.order_by("id")[0].pk), "partner": str(Partner.objects.get().pk)}  # fmt: skip


def talked(row: Report, now) -> dict[str, str]:
    """A line that fails, letters with every end, later words of somebody unproven, and what nobody could read."""
    gema, angin = Channel.objects.get(code="gema"), Channel.objects.get(code="angin")
    ChannelState.objects.create(channel=gema, received_at=now, sent_at=now, failing_since=now, daily_quota=500,
                                last_error="The provider says that no credit is left.")  # fmt: skip
    ChannelState.objects.create(channel=angin, received_at=now, sent_at=now)
    common = {"report": row, "case": row.case, "code": "told", "subject": "Petugas menulis tentang laporan Anda",
              "text": "Kami datang besok pagi.", "at": now, "settled_at": now, "account": "gema", "way": "gema",
              }  # fmt: skip
    for state in ("sent", "delivered", "read", "failed"):
        Letter.objects.create(state=state, last_error="window over" if state == "failed" else "", **common)
    unknown = Letter.objects.create(state="unknown", last_error="no answer in time", **common)
    later = Message.objects.create(
        case=row.case, report=row, at=now, words="Ada pohon tumbang juga di depan pasar.", channel=gema,
        words_sealed=row.words_sealed, proven=False, edited_at=now,
    )  # fmt: skip
    body = b'{"type": "poll", "from": "77", "text": "Got di depan masjid mampet"}'
    heard.unreadable(Unreadable("gema", "strange", "type", now, body), now=now)
    strange = Task.objects.get(kind=Task.UNREADABLE)
    return {
        "letter": str(unknown.pk),
        "message": str(later.pk),
        "strange": str(strange.pk),
        "channel": str(gema.pk),
    }


def finish(case: Case, cast, now) -> None:
    photo = kept(now, "after")
    followup.submit(case.id, by=cast.fajar, now=now, resolution=Resolution.objects.get(code="fixed"),
                    words="Sudah kami tambal dengan aspal panas.", photos=[photo.uuid])  # fmt: skip


@pytest.fixture
def windows(story, city, chromium) -> Iterator[dict]:
    """One signed-in browser window for each person and width."""
    held: dict = {}

    def window(who: str | None, width: str):
        if (who, width) not in held:
            size = WIDTHS[width]
            context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, base_url=story.url)
            held[who, width] = context
            page = context.new_page()
            if who == "ani":
                for name in ("number", "closed"):
                    row = Report.objects.get(number=city[name])
                    page.goto(f"/l/{row.number}/{access.secret_of(row)}/")
            elif who:
                page.goto("/masuk/")
                page.fill("[name=login]", who)
                page.fill("[name=password]", people.PASSWORD)
                page.click("main button")
                page.wait_for_url(lambda url: "dua-langkah" in url or "/masuk/" not in url)
                if "dua-langkah" in page.url:
                    # each width is a log-in of its own, and each code is taken once
                    page.fill("[name=code]", people.code(0 if width == "phone" else 1))
                    page.click("main button")
                    page.wait_for_url(lambda url: "/masuk/" not in url)
            page.close()
        return held[who, width]

    yield window
    for context in held.values():
        context.close()


def findings(page) -> list[str]:
    """What axe finds, a line each."""
    results = Axe().run(page).response["violations"]
    return [f"{row['id']}: {node['target']}" for row in results for node in row["nodes"][:3]]


def look(window, name: str, address: str, width: str, shots: Path) -> list[str]:
    page = window.new_page()
    said: list[str] = []
    page.on("console", lambda line: said.append(f"console: {line.text}") if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    answer = page.goto(address)
    page.wait_for_load_state("networkidle")
    faults = [] if answer.status == (404 if name == "missing" else 200) else [f"status {answer.status}"]
    if name == "missing":
        said.clear()  # the browser itself notes a 404
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        faults.append(f"{overflow} px too wide")
    page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)
    faults += findings(page) + said
    page.close()
    return [f"{name} at {width}: {fault}" for fault in faults]


def test_every_page_at_both_widths(windows, city, shots):
    faults = []
    for width in WIDTHS:
        for name, who, address in PAGES:
            faults += look(windows(who, width), name, address.format(**city), width, shots)
    assert faults == []


@pytest.mark.parametrize("width", WIDTHS)
def test_what_no_program_could_read_is_opened(windows, city, shots, width):
    page = windows("gita", width).new_page()
    page.goto(f"/petugas/pilah/tak-terbaca/{city['strange']}/")
    page.click("main form button.go")
    page.wait_for_selector("pre")
    page.screenshot(path=shots / f"unreadable-open-{width}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (wide, findings(page)) == (0, [])


@pytest.mark.parametrize("width", WIDTHS)
def test_an_apps_makers_see_what_flows(windows, city, shots, width):
    """With reports that were taken, one that was refused, and news that waits for an address that is away."""
    now = timezone.now()
    key = make_key("Aplikasi Warga", "open311", now, text=f"kunci-untuk-gambar-{width}")
    row = ApiKey.objects.latest("id")
    Report.objects.filter(number=city["number"]).update(api_key=row)
    report = Report.objects.get(number=city["number"])
    hook = Hook.objects.create(api_key=row, url="https://aplikasi.contoh/kabar", secret_sealed=b"x", made_at=now,
                               failing_since=now)  # fmt: skip
    for event in report.case.events.order_by("id")[:2]:
        HookCall.objects.create(hook=hook, report=report, event=event, at=event.at, last_error="answered 500")
    hooks.refused(row, 400, ["lat is not a number."], now)
    page = windows(None, width).new_page()
    page.goto("/aplikasi/masuk/")
    page.fill("[name=key]", key)
    page.click("main button")
    page.wait_for_url("**/aplikasi/")
    page.screenshot(path=shots / f"app-{width}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (wide, findings(page)) == (0, [])
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_partner_files_and_hands_over_the_slip(windows, city, shots, width):
    """By hand, with script: the map is tapped, the slip is shown and printed, then it is closed."""
    page = windows("mira", width).new_page()
    page.goto("/mitra/lapor/")
    page.fill("[name=words]", "Saluran air mampet di depan pos ronda.")
    page.click(".map svg", position={"x": 120, "y": 190})
    page.click("form button.go")
    page.wait_for_url("**/mitra/terkirim/*/")
    page.screenshot(path=shots / f"partner-sent-{width}.png", full_page=True)
    faults = findings(page)
    assert Report.objects.latest("id").lat is not None
    for paper in ("a5", "roll"):
        page.goto(f"{page.url.split('/slip/')[0].rstrip('/')}/slip/?kertas={paper}")
        page.screenshot(path=shots / f"partner-slip-{paper}-{width}.png", full_page=True)
        faults += findings(page)
    page.go_back()
    page.go_back()
    page.click("text=Sudah diserahkan")
    page.wait_for_url("**/mitra/")
    page.screenshot(path=shots / f"partner-after-{width}.png", full_page=True)
    assert faults + findings(page) == []
    page.close()


def test_the_main_deed_and_the_promise_need_no_scrolling(windows, city):
    page = windows("fajar", "desk").new_page()
    page.goto(f"/petugas/kasus/{city['number']}/")
    for target in (".btn.go", ".jalur .here"):
        box = page.locator(target).first.bounding_box()
        assert box["y"] + box["height"] <= 768, target
