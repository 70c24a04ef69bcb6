"""A walk-in: keyed in, stored by the common door, printed; and the call that tells how it ended."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tanggap import access, door, flow, ledger
from tanggap.intake import receive
from tanggap.models import Agency, Event, Inbound, Membership, Message, Report, Task
from tanggap.pages.desk.words import refusal
from tests.cast import report
from tests.unit.pages.test_review import queries

pytestmark = pytest.mark.django_db
DOOR = "/petugas/loket/"
FORM = {
    "channel": "loket", "name": "Ani", "contact": "0812-3456-7890", "whom": "other", "reach": "phone",
    "words": "Jalan rusak di depan pasar, Kelurahan Mawar.", "place": "depan pasar", "category": "",
    "consent": "on", "step": "save",
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """The committer's thread would not see this test's transaction."""
    monkeypatch.setattr("tanggap.door.batch.submit", receive)


def send(client, **more):
    draft = re.search(r'name="draft" value="([^"]+)"', client.get(DOOR).content.decode())[1]
    return client.post(DOOR, FORM | {"draft": draft} | more)


def test_a_walk_in_becomes_a_report_like_any_other(visit, cast):
    answer = send(visit("indah"))
    row = Report.objects.get()
    assert answer["Location"] == f"/petugas/loket/tanda-terima/{row.number}/"
    assert (row.channel.code, row.keyed_by, row.answers) == (
        "loket", cast.officer("indah"), {"whom": "other", "reach": "phone"},
    )  # fmt: skip
    assert Inbound.objects.get().account == "counter:loket"
    person = access.person(row.reporter, row)
    assert (person.name, person.contacts) == ("Ani", [("phone", "+6281234567890")])
    assert Event.objects.get(verb="case.received").by_id == cast.officer("indah").id


def test_name_and_number_may_stay_empty(visit):
    assert send(visit("indah"), name="", contact="", consent="", reach="come").status_code == 302
    assert Report.objects.get().reporter.identities.count() == 0


@pytest.mark.parametrize(("more", "sentence"), [
    ({"words": "  "}, "Tulis yang dikatakan warga"),
    ({"contact": "0812-34"}, "0812-3456-7890"),
    ({"contact": "", "name": ""}, "Tanpa nomor tidak ada yang bisa menelepon."),
    ({"consent": ""}, "Bacakan dan tanyakan"),
    ({"channel": "web"}, "Loket"),
    ({"category": "tidak-ada"}, "Kategori"),
    ({"whom": "x"}, "Melapor untuk siapa?"),
])  # fmt: skip
def test_what_is_wrong_is_named_and_what_was_typed_stays(visit, words, more, sentence):
    page = send(visit("indah"), **more)
    assert page.status_code == 422
    assert sentence in words(page)
    assert 'value="depan pasar"' in page.content.decode()
    assert not Report.objects.exists()


def test_sent_twice_it_is_one_report(visit):
    client = visit("indah")
    draft = re.search(r'name="draft" value="([^"]+)"', client.get(DOOR).content.decode())[1]
    first, second = (client.post(DOOR, FORM | {"draft": draft}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Report.objects.count() == 1


def test_changed_words_of_a_stored_form_become_a_report_of_their_own(visit, words):
    client = visit("indah")
    draft = re.search(r'name="draft" value="([^"]+)"', client.get(DOOR).content.decode())[1]
    client.post(DOOR, FORM | {"draft": draft})
    page = client.post(DOOR, FORM | {"draft": draft, "words": "Lampu jalan mati di Kelurahan Mawar."})
    assert page.status_code == 409
    assert "Isian ini sudah tersimpan sebagai KM" in words(page)
    draft = re.search(r'name="draft" value="([^"]+)"', page.content.decode())[1]
    client.post(DOOR, FORM | {"draft": draft, "words": "Lampu jalan mati di Kelurahan Mawar."})
    assert Report.objects.count() == 2


def test_a_full_queue_stores_nothing_and_keeps_the_words(visit, monkeypatch, words):
    def full(*_):
        raise door.batch.Busy

    monkeypatch.setattr("tanggap.door.batch.submit", full)
    page = send(visit("indah"))
    assert (page.status_code, page["Retry-After"]) == (503, "15")
    assert FORM["words"] in page.content.decode()


def test_danger_shows_the_emergency_number(visit):
    page = send(visit("indah"), words="Ada kebakaran di Mawar", consent="")
    assert b'href="tel:911"' in page.content


@pytest.mark.parametrize("name", ["budi", "citra", "dewi", "eko", "gita", "joko", "kirana", "hana"])
def test_nobody_else_sits_at_the_counter(visit, name):
    assert visit(name).get(DOOR).status_code == 404


# ---- known already ----


def look(client, **more):
    return client.post(DOOR, FORM | {"step": "look"} | more, HTTP_HX_REQUEST="true")


def test_a_like_case_is_named_by_public_facts_only(visit, words):
    row = report("Jalan rusak dekat pasar Mawar, lubang dalam sekali", visibility="private")
    text = words(look(visit("indah"), contact="", name="", words="jalan rusak dekat pasar, lubang dalam",
                      place="Kelurahan Mawar"))  # fmt: skip
    assert "Jalan rusak" in text
    assert "Mawar" in text
    assert "lubang dalam sekali" not in text
    assert "Ani" not in text
    shown = look(
        visit("indah"), contact="", words="jalan rusak dekat pasar", place="Kelurahan Mawar"
    ).content.decode()
    assert f'value="{row.number}"' in shown


def test_a_number_alone_tells_nothing_of_its_owner(visit, words):
    report("Sampah menumpuk di Kelurahan Dahlia", point=None, visibility="private")
    text = words(look(visit("indah"), words="Lampu jalan mati", place="Kelurahan Mawar"))
    assert "nomor yang sama" not in text
    text = words(look(visit("indah"), words="Sampah berserakan", place="Kelurahan Dahlia"))
    assert "nomor yang sama" in text


def test_a_secret_case_is_never_hinted_at(visit, words):
    report("Petugas minta pungli di Kelurahan Mawar", visibility="secret")
    assert "Belum ada yang serupa." in words(look(visit("indah"), words="pungli", place="Kelurahan Mawar"))


def test_what_is_the_same_travels_with_the_report(visit):
    first = report("Jalan rusak dekat pasar")
    send(visit("indah"), same=first.number)
    assert Report.objects.latest("id").answers["same"] == first.number


def test_looking_stores_nothing_and_works_without_script(visit, words):
    page = visit("indah").post(DOOR, FORM | {"step": "look"})
    assert (page.status_code, Report.objects.count()) == (200, 0)
    assert "Kelurahan Mawar" in words(page)
    assert "Dinas Jalan" in words(page)


# ---- the receipt ----


def test_the_receipt_holds_number_secret_and_promises(visit, words):
    client = visit("indah")
    page = client.get(send(client)["Location"])
    row = Report.objects.get()
    text = words(page)
    secret = access.secret_of(row).upper()
    assert row.number in text
    assert "-".join(secret[at : at + 4] for at in range(0, 16, 4)) in text
    assert f"{row.claim[:4]}-{row.claim[4:]}" in text
    assert "Anda yang menyatakan: sudah beres atau belum" in text
    assert "Ani" not in text
    assert "0812" not in text
    assert "style=" not in page.content.decode()
    assert words(client.get(f"{page.request['PATH_INFO']}?kertas=roll")).startswith("Tanda terima")


def test_the_picture_leads_to_the_secret_link(visit):
    from tanggap.pages.counter import receipt as page_of

    drawn = page_of.code(f"{settings.SITE_URL}/l/KM2611240001/abcdefghijklmnop/")
    assert drawn.size >= 21
    assert re.fullmatch(r"(M\d+ \d+h1v1h-1z)+", drawn.path)


def test_only_who_keyed_it_in_prints_it_and_only_today(visit, cast, words):
    client = visit("indah")
    path = send(client)["Location"]
    Membership.objects.create(officer=cast.officer("eko"), agency=Agency.objects.get(code="kec-m1.a"),
                              role_id="counter", valid_from="2020-01-01")  # fmt: skip
    assert visit("eko").get(path).status_code == 404
    Report.objects.update(received_at=timezone.now() - timedelta(days=1))
    page = client.get(path)
    assert page.status_code == 410
    assert access.secret_of(Report.objects.get()).upper()[:4] + "-" not in words(page)


# ---- the call ----


@pytest.fixture
def called(chain, cast):
    """A walk-in whose work is done: somebody must tell the citizen by telephone."""
    row = chain("close", channel="loket", account="counter:loket", keyed_by=cast.officer("indah").id)
    return Task.objects.get(kind=Task.CALL_BACK, case=row.case_id)


def place(task: Task) -> str:
    return f"/petugas/loket/telepon/{task.id}/"


def test_the_number_is_shown_once_and_written_down(visit, called, cast, words):
    client = visit("indah")
    assert "+6281234567890" not in words(client.get(place(called)))
    assert "+6281234567890" in words(client.post(place(called), {"step": "open"}))
    event = Event.objects.get(verb="case.revealed")
    assert (event.by_id, event.data["reason"]) == (cast.officer("indah").id, "call_citizen")
    assert "+6281234567890" not in words(client.get(place(called)))


@pytest.mark.parametrize(
    ("outcome", "confirmation"), [("yes", "confirmed"), ("no", "contested"), ("told", "pending")]
)
def test_the_citizens_word_by_telephone_is_theirs(visit, called, outcome, confirmation):
    answer = visit("indah").post(place(called), {"step": "settle", "outcome": outcome})
    assert answer["Location"] == DOOR
    called.refresh_from_db()
    row = Report.objects.get(pk=called.letter.report_id)
    assert (called.outcome, row.confirmation) == (outcome, confirmation)


def test_what_the_citizen_says_reaches_the_office_masked(visit, called):
    visit("indah").post(
        place(called), {"step": "settle", "outcome": "told", "words": "Telepon saya 0812-3456-7890"}
    )
    flow.run_inside(timezone.now())
    assert Message.objects.get().words == "Telepon saya ⟦phone⟧"
    called.refresh_from_db()
    assert called.note == ""


def test_after_three_vain_calls_it_is_done(visit, called):
    client = visit("indah")
    for _ in range(3):
        client.post(place(called), {"step": "settle", "outcome": "nobody"})
    called.refresh_from_db()
    assert (called.outcome, called.data["tried"]) == ("unreached", 3)


def test_a_yes_to_ones_own_work_is_not_ones_own_to_hear(visit, called, cast, words):
    Membership.objects.create(officer=cast.officer("indah"), agency=Agency.objects.get(code="cabang-jalan-a"),
                              role_id="desk", valid_from="2020-01-01")  # fmt: skip
    page = visit("indah").post(place(called), {"step": "settle", "outcome": "yes"})
    assert refusal("own_agency") in words(page)
    called.refresh_from_db()
    assert called.done_at is None


def test_another_counter_has_its_own_calls(visit, called, cast):
    Membership.objects.create(officer=cast.officer("eko"), agency=Agency.objects.get(code="kec-m1.b"),
                              role_id="counter", valid_from="2020-01-01")  # fmt: skip
    assert visit("eko").get(place(called)).status_code == 404
    with pytest.raises(ledger.NotAllowed):
        access.check_step(access.officer_viewer(cast.officer("hana"), timezone.now()), called.case, "confirm")


def test_ten_more_calls_cost_no_more_statements(visit, called):
    client = visit("indah")
    one = queries(client, DOOR)
    for _ in range(10):
        Task.objects.create(kind=Task.CALL_BACK, case=called.case, letter=called.letter, role="counter",
                            opened_at=called.opened_at)  # fmt: skip
    assert queries(client, DOOR) == one
    assert one <= 8


def test_addresses_are_those_of_the_plan():
    assert reverse("receipt", args=("KM1",)) == "/petugas/loket/tanda-terima/KM1/"
