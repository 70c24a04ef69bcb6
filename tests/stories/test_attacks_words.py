"""Words as an intruder writes them, in every field of every form that keeps words, and on every page that shows them.
Rows I01, I02, I06, I07, I10, I11, I13, I18, I19 and I25."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import httpx
import pytest
from django.core import mail
from django.urls import NoReverseMatch, reverse

from tanggap import access
from tanggap.followup import actions as followup
from tanggap.models import Agency, Case, Inbound, Letter, Message, Officer, Report, Resolution, Upload
from tests import attacks
from tests import cast as people
from tests.app311 import FORMS, HOLE, App
from tests.page import Page, log_in, see
from tests.stories.test_matrix import routes

SCRIPT = attacks.SCRIPT


@pytest.fixture
def cast(story) -> people.Cast:
    return people.assemble()


def of_ani(story, row: Report) -> httpx.Client:
    browser = story.browser()
    assert browser.get(f"/l/{row.number}/{access.secret_of(row)}/").status_code == 200
    return browser


def deed(browser: httpx.Client, case: Case, step: str, **values: object) -> Page:
    page = see(browser, f"/petugas/langkah/{case.number}/{step}/")
    return page.send(page.form("version", *values, action=f"/{step}/"), **values)


def post(browser: httpx.Client, address: str, data: dict, referer: object) -> httpx.Response:
    """Bytes that are no text go as they are, as from a program that is none of ours."""
    headers = {"Referer": str(referer), "Content-Type": "application/x-www-form-urlencoded"}
    return browser.post(address, content=urlencode(data), headers=headers)


def answered(story, row: Report, words: str) -> Page:
    page = see(of_ani(story, row), f"/lacak/{row.number}/")
    return page.send(page.form("words", action="/jawab/"), words=words)


def walk_in(browser: httpx.Client, **values: object) -> Page:
    page = see(browser, "/petugas/loket/")
    return page.send(page.form("words", "place"), button="Simpan", **values)


# ---- signs that no database takes ----

UNSTORABLE = (
    "Sudah\x00 lama\x00 rusak",
    "Sudah lama rusak \udc80".encode("utf-8", "surrogatepass"),
    b"Sudah lama rusak \xff\xfe\xed\xa0\x80",
)


@pytest.mark.parametrize("words", UNSTORABLE)
def test_signs_that_no_database_takes_reach_every_form_of_the_reporter(story, cast, words):
    """Rows I01 and I02: with an answer, with a contest and with a code; nothing fails, what can be kept is kept."""
    row = people.report()
    ani = of_ani(story, row)
    page = see(ani, f"/lacak/{row.number}/")
    data = dict(page.form("words", action="/jawab/").fields) | {"words": words, "draft": words}
    sent = post(ani, f"/lacak/{row.number}/jawab/", data, page.url)
    assert sent.status_code == 200
    story.work()
    assert Message.objects.get(report=row).words.startswith("Sudah lama rusak")
    for address, more in (
        (f"/lacak/{row.number}/beres/", {"say": words, "stars": words, "wrong": words}),
        (f"/lacak/{row.number}/ikut/", {}), ("/lacak/", {"number": words, "code": words}),
        ("/lapor/lihat/", {"words": words, "place": words, "lat": words, "category": words}),
        ("/sekitar/", {"lat": words, "lon": words}), ("/masuk/", {"login": words, "password": words}),
    ):  # fmt: skip
        sent = post(ani, address, data | more, page.url)
        assert sent.status_code < 500, address


@pytest.mark.parametrize("words", UNSTORABLE)
def test_and_every_form_of_the_officers(story, cast, words):
    """Rows I01 and I02: a field error or clean words, never a fault."""
    row = people.report()
    clerk = attacks.officer(story, "indah")
    page = see(clerk, "/petugas/loket/")
    data = dict(page.form("words", "place").fields)
    names = ("words", "place", "name", "contact", "category", "channel", "whom", "reach", "draft", "same")
    for more in ({"words": words, "place": words}, dict.fromkeys(names, words)):
        sent = post(clerk, "/petugas/loket/", data | more, page.url)
        assert sent.status_code in (200, 422)
    assert Report.objects.exclude(pk=row.pk).count() == 1


DEEDS = (
    "tell", "ask", "note", "refer", "refuse", "request_transfer", "start", "estimate", "pause", "submit", "divide",
    "join", "reject", "redact", "split", "resume", "delegate",
)  # fmt: skip
FIELDS = (
    "said", "note", "reason", "to", "typed", "other", "on", "until", "resolution", "version", "draft", "seen", "step",
    "kasus", "writing",
)  # fmt: skip


@pytest.mark.parametrize("words", UNSTORABLE)
def test_and_every_deed(story, cast, words):
    """Rows I01 and I02: in each field of each step."""
    number = people.report().number
    budi = attacks.officer(story, "budi")
    token = {"csrfmiddlewaretoken": dict(see(budi, "/akun/").form("language").fields)["csrfmiddlewaretoken"]}
    addresses = [f"/petugas/langkah/{number}/{step}/" for step in DEEDS]
    addresses += [f"/petugas/{page}/{number}/" for page in ("buka", "hadir", "lapangan")]
    for address in (*addresses, "/petugas/bersama/"):
        sent = post(budi, address, token | dict.fromkeys(FIELDS, words), story.url)
        assert sent.status_code < 500, address


@pytest.mark.parametrize(
    "words", ["x" * 2_000_000, " ".join(f"kata{n}" for n in range(150_000)), "ﷺ" * 100_000, "é" * 9_999]
)
def test_words_without_end_are_named_or_stored_and_never_a_fault(story, cast, words):
    """Rows I07 and I12: each door has its limit, and says it at the field."""
    row = people.report()
    assert answered(story, row, words).status in (422, 413, 400)
    assert Message.objects.count() == 0
    sent = walk_in(attacks.officer(story, "indah"), words=words, place="Pasar Mawar")
    assert sent.status in ((200,) if len(words) <= 10_000 else (422, 413, 400))
    budi = attacks.officer(story, "budi")
    assert deed(budi, Case.objects.first(), "note", said=words).status in (422, 413, 400)
    story.work()


def test_the_longest_words_that_are_taken_can_be_found(story, cast):
    """Row I07: ten thousand different signs do not overflow the index."""
    words = "lampu " + " ".join(f"{n:x}q" for n in range(1_900))
    page = see(story.browser(), "/lapor/")
    sent = page.send(page.form("words", "visibility"), words=words[:10_000], lat="-1.99", lon="118.01")
    assert sent.status == 200
    story.work()
    found = see(attacks.officer(story, "gita"), "/petugas/cari/?q=lampu")
    assert Report.objects.get().number in found.answer.text


# ---- markup ----


@pytest.fixture
def marked(story, cast) -> Report:
    """A script in every word that citizens, officers and the city's own tables can hold, up to the closed case."""
    Officer.objects.filter(username__in=("budi", "indah")).update(name=SCRIPT)
    clerk = attacks.officer(story, "indah")
    page = see(story.browser(), "/lapor/")
    page.send(page.form("words", "visibility"), words=f"{SCRIPT} jalan rusak", place=SCRIPT, visibility="public",
              lat="-1.99", lon="118.01", contact="ani@warga.test")  # fmt: skip
    row = Report.objects.get()
    story.work()
    case = Case.objects.get()
    walk_in(clerk, words=f"{SCRIPT} lampu mati", place=SCRIPT, name=SCRIPT, consent="on")
    assert Report.objects.count() == 2
    assert answered(story, row, SCRIPT).status == 200
    budi = attacks.officer(story, "budi")
    assert deed(budi, case, "note", said=SCRIPT).status == 200
    for step in ("tell", "ask"):
        page = deed(budi, case, step, said=SCRIPT)
        page.send(page.form("seen", action=f"/{step}/"))
    story.work()
    case.refresh_from_db()
    followup.start(case.id, by=cast.budi, now=case.changed_at)
    fixed = Resolution.objects.get(code="fixed")
    followup.submit(case.id, by=cast.budi, now=case.changed_at, resolution=fixed, words=SCRIPT * 2,
                    photos=[people.photo(case.changed_at).uuid])  # fmt: skip
    story.work()
    return row


def test_markup_is_words_on_every_page(story, marked):
    """Row I10: lists, details, titles, prints, hints, boards and letters; to strangers, the reporter and officers."""
    case = Case.objects.get(pk=marked.case_id)
    receipt = Report.objects.exclude(pk=marked.pk).get()
    assert (Message.objects.count(), Letter.objects.filter(text__contains="<script>").count()) >= (2, 1)
    people_here: dict[str, httpx.Client] = {"nobody": story.browser(), "ani": of_ani(story, marked)}
    for name in ("budi", "indah", "gita", "dewi", "joko"):  # together they open every page
        people_here[name] = attacks.officer(story, name)
    wrong, seen = [], 0
    for who, browser in people_here.items():
        for address in pages_about(marked, case, receipt):
            if who in ("indah", "gita", "dewi", "joko") and not address.startswith("/petugas"):
                continue
            answer = browser.get(address)
            seen += "alert(1)" in answer.text
            wrong += [f"{address} to {who}: {said}" for said in attacks.LIVE if said in answer.text]
    assert wrong == []
    assert seen > 20  # the words are there, as words
    for letter in mail.outbox:
        assert [kind for _, kind in getattr(letter, "alternatives", [])] == []  # plain text only


def pages_about(row: Report, case: Case, receipt: Report) -> list[str]:
    found = [
        f"/?{httpx.QueryParams({'di': SCRIPT})}", f"/petugas/?kasus={case.number}",
        "/petugas/?tab=elsewhere",
        "/petugas/cari/?q=jalan", f"/petugas/loket/tanda-terima/{receipt.number}/",
        f"/petugas/loket/tanda-terima/{receipt.number}/?kertas=roll", f"/petugas/bersama/?kasus={case.number}",
        f"/open311/v2/requests/{row.number}.json", "/open311/v2/servicerequestupdates.json",
    ]  # fmt: skip
    for name, _, _ in routes():
        for args in ({"number": row.number}, {"number": row.number, "step": "note"}, {}):
            try:
                found.append(reverse(name or "home", kwargs=args))
            except NoReverseMatch:
                continue
    steps = (
        "tell",
        "ask",
        "refer",
        "close",
        "join",
        "redact",
        "split",
        "request_transfer",
        "reject",
        "submit",
    )
    found += [f"/petugas/langkah/{case.number}/{step}/" for step in steps]
    found += [f"/petugas/foto/{photo.uuid}/terbit/" for photo in Upload.objects.all()]
    # JSON is data: a browser shows it as such, and `nosniff` keeps it so
    return [address for address in found if not address.startswith("/open311")]


@FORMS
def test_markup_is_words_for_apps_too(story, marked, form):
    """Row I10: well-formed and escaped, and never shown as a page."""
    app = App(story, form)
    [row] = app.get(f"requests/{marked.number}")
    assert "<script>alert(1)</script>" in row["description"]
    answer = story.browser().get(f"/open311/v2/requests/{marked.number}.{form}")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert form == "json" or "<script>" not in answer.text


def test_what_came_back_with_an_error_is_words(story, cast):
    """Row I10: everything typed is drawn again, on every form, and obeyed on none."""
    row = people.report()
    budi, clerk, dewi, joko = (attacks.officer(story, name) for name in ("budi", "indah", "dewi", "joko"))
    for browser, address in (
        (story.browser(), "/lapor/"), (story.browser(), "/lacak/"), (story.browser(), "/masuk/"),
        (clerk, "/petugas/loket/"), (budi, f"/petugas/langkah/{row.number}/refer/"),
        (budi, f"/petugas/langkah/{row.number}/request_transfer/"), (budi, f"/petugas/buka/{row.number}/"),
        (dewi, "/akun/sandi/"), (joko, "/petugas/atur/orang/1/"),
    ):  # fmt: skip
        page = see(browser, address)
        for form in page.reader.forms:
            if form.method != "post" or form.action.startswith(("/keluar", "/lapor/lihat")):
                continue
            typed = {
                name: SCRIPT
                for name in form.named
                if name not in ("csrfmiddlewaretoken", "draft", *form.files)
            }
            sent = page.send(form, **typed)
            assert sent.status < 500, address
            assert not [said for said in attacks.LIVE if said in sent.answer.text], address


# ---- fields nobody asked for ----

FORGED = {
    "status": "CLOSED", "holder": "1", "holder_id": "1", "unit_id": "1", "is_staff": "1", "is_superuser": "1",
    "is_active": "1", "sla_due": "2099-01-01", "promise_at": "2099-01-01", "reporter_id": "1", "report": "1",
    "visibility": "secret", "urgency": "2", "role": "administrator", "agency": "1", "by": "1", "number": "KM1",
    "confirmation": "confirmed", "session_version": "9", "keyed_by": "1", "api_key": "1", "case": "1", "id": "1",
}  # fmt: skip


def send_forged(browser: httpx.Client, address: str, *names: str, action: str = "", **said: str) -> None:
    """The form of this page as it is drawn, and all that nobody asked for."""
    page = see(browser, address)
    form = page.form(*names, action=action)
    data = dict(form.fields) | FORGED | said
    assert browser.post(form.action or address, data=data, headers={"Referer": page.url}).status_code == 200


def test_fields_nobody_asked_for_change_nothing(story, cast):
    """Row I13: with an answer, in a deed, in one's own account."""
    row = people.report()
    budi = attacks.officer(story, "budi")
    case = Case.objects.get()
    kept = (
        "status",
        "holder_id",
        "visibility",
        "urgency",
        "promise_at",
        "confirmation",
        "number",
        "category_id",
    )
    before = {name: getattr(case, name) for name in kept}
    send_forged(of_ani(story, row), f"/lacak/{row.number}/", "words", action="/jawab/", words="Halo")
    send_forged(budi, f"/petugas/langkah/{case.number}/note/", "said", action="/note/", said="Halo")
    send_forged(budi, "/akun/", "language")
    case.refresh_from_db()
    assert {name: getattr(case, name) for name in kept} == before
    officer = Officer.objects.get(username="budi")
    assert (officer.session_version, officer.is_active, getattr(officer, "is_staff", False)) == (
        0,
        True,
        False,
    )
    assert {row.role_id for row in officer.memberships.all()} == {"desk", "field"}


def test_fields_nobody_asked_for_change_nothing_at_the_counter(story, cast):
    """Row I13."""
    send_forged(
        attacks.officer(story, "indah"), "/petugas/loket/", "words", "place", words=people.WORDS, step="save"
    )
    new = Report.objects.get()
    assert (new.visibility, new.keyed_by.username, new.case.status) == (
        "public",
        "indah",
        "NEW",
    )  # the city's default


def test_an_agency_that_may_not_be_chosen_is_refused_however_it_is_sent(story, cast):
    """Row I13: the choices of a form are the server's, not the page's."""
    people.report()
    case = Case.objects.get()
    budi = attacks.officer(story, "budi")
    for to in ("cabang-jalan-a", "kel-m1.a.2", "1", "kec-m1.a", "no-such"):
        sent = deed(budi, case, "refer", to=to)
        assert sent.status in (409, 422), to
    case.refresh_from_db()
    assert case.holder == Agency.objects.get(code="kel-m1.a.1")


# ---- sent twice ----


def test_a_form_of_the_web_sent_eight_times_at_once_is_one_report(story):
    """Row I19: eight equal answers; and again after the connection was cut."""
    page = see(story.browser(), "/lapor/")
    data = dict(page.form("words", "visibility").fields) | {"words": people.WORDS}
    cookies = dict(page.browser.cookies)

    def send(_: int) -> str:
        with httpx.Client(base_url=story.url, cookies=cookies, timeout=None) as browser:
            return browser.post("/lapor/", data=data, headers={"Referer": page.url}).headers["location"]

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(send, range(8)))
    row = Report.objects.get()
    assert places == {f"/lapor/terkirim/{row.number}/"} == {send(9)}
    assert Inbound.objects.count() == 1


@FORMS
def test_a_key_of_another_app_is_none_of_its_business(story, form):
    """Row I18: the same Idempotency-Key: same body, the same number; another body, 409; another app, its own report."""
    one, other = App(story, form), App(story, form, name="Lain")
    marked = {"Idempotency-Key": "abc"}
    first = one.report(headers=marked)
    assert one.report(headers=marked) == first
    [error] = one.post(headers=marked, **HOLE | {"description": "Lain sekali"})
    assert (one.status, str(error["code"])) == (400, "409")
    assert first not in error["description"]
    second = other.report(headers=marked)
    assert second != first
    assert Report.objects.count() == 2


def test_a_counter_form_of_another_officer_tells_nothing(story, cast):
    """Row I18: who sends the number of somebody's form with other words learns nothing of it."""
    page = see(story.browser(), "/lapor/")
    page.send(page.form("words", "visibility"), words=people.WORDS)
    row = Report.objects.get()
    clerk = attacks.officer(story, "indah")
    form_page = see(clerk, "/petugas/loket/")
    data = dict(form_page.form("words", "place").fields) | {
        "words": "Lain sekali",
        "draft": str(row.uuid),
        "step": "save",
    }
    sent = clerk.post("/petugas/loket/", data=data, headers={"Referer": form_page.url})
    assert row.number not in sent.text


@FORMS
def test_no_body_of_xml_is_ever_read(story, form):
    """Row I25: at each address of the server, by each method, as each type."""
    xxe = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><request><description>&x;</description></request>'
    app = App(story, form)
    for resource in ("requests", "servicerequestupdates", "services", "discovery"):
        for kind in ("text/xml", "application/xml", "application/soap+xml", "image/svg+xml"):
            for method in ("POST", "PUT", "GET"):
                answer = app.http.request(
                    method, app.address(resource), content=xxe, headers={"Content-Type": kind}
                )
                assert answer.status_code < 500
                assert "root:" not in answer.text
    assert Report.objects.count() == 0


def test_words_at_the_log_in_are_words(story, cast):
    """Rows I09 and I11."""
    for name in ("' OR 1=1 --", "dewi'--", "{{7*7}}", "*)(uid=*", SCRIPT, "dewi\x00", "DEWI "):
        page = log_in(story.browser(), name, "' OR '1'='1")
        assert (page.status, "49" in page.text.split("©")[0][:300]) == (200, False)
        assert page.url.endswith("/masuk/")
