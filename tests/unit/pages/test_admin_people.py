"""People by page: each deed with a reason, dated, told beforehand, undoable; powers of one's own stay as they are."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tanggap import flow
from tanggap.models import Agency, Change, Handover, Invitation, Membership, Officer, Reference, local_day
from tests.cast import PASSWORD, agency
from tests.cast import code as app_code
from tests.unit.pages.test_review import queries

pytestmark = pytest.mark.django_db
HOME = "/petugas/atur/"


def person(cast, name: str, deed: str = "") -> str:
    return f"{HOME}orang/{cast.officer(name).id}/" + (f"{deed}/" if deed else "")


def changes(of: str = "officer:"):
    """Loading the city has written some of its own."""
    return Change.objects.filter(object__startswith=of).order_by("id")


def day(ahead: int) -> date:
    return local_day(timezone.now()) + timedelta(days=ahead)


def test_a_role_is_given_with_a_reason_and_its_officer_logs_in_anew(visit, cast, words):
    eko = visit("eko")
    assert eko.get("/akun/").status_code == 200
    sent = {"agency": "dinas jalan", "role": "watcher", "reason": "Pindah tugas"}
    assert visit("joko").post(person(cast, "eko", "peran"), sent)["Location"] == person(cast, "eko")
    row = Membership.objects.get(officer=cast.officer("eko"), role="watcher")
    assert (row.agency.code, row.valid_from, row.valid_to) == ("dinas-jalan", day(0), None)
    change = changes().get()
    assert (change.object, change.verb, change.after["role"], change.reason, change.by_id) == (
        "officer:eko", "add", "watcher", "Pindah tugas", cast.officer("joko").id,
    )  # fmt: skip
    assert eko.get("/akun/").status_code == 302
    assert "Pindah tugas" in words(visit("joko").get(person(cast, "eko")))


def test_a_role_begins_and_ends_on_days_to_come(visit, cast):
    sent = {
        "agency": "dinas jalan",
        "role": "desk",
        "reason": "Membantu sebulan",
        "begins": day(3),
        "ends": day(33),
    }
    visit("joko").post(person(cast, "eko", "peran"), sent)
    row = Membership.objects.get(officer=cast.officer("eko"), agency=agency("dinas-jalan"))
    held = Membership.objects.filter(officer=cast.officer("eko"), agency=agency("dinas-jalan"))
    assert [held.current(day(ahead)).exists() for ahead in (2, 3, 32, 33)] == [False, True, True, False]
    sent = {"row": row.id, "ends": day(10), "reason": "Lebih cepat selesai"}
    visit("joko").post(person(cast, "eko", "akhiri"), sent)
    assert Membership.objects.get(pk=row.pk).valid_to == day(10)


def test_a_role_ends_at_once(visit, cast):
    row = Membership.objects.get(officer=cast.officer("dewi"))
    page = visit("joko").get(person(cast, "dewi", "akhiri"), {"row": row.id})
    assert "langsung dikeluarkan" in page.content.decode()
    visit("joko").post(person(cast, "dewi", "akhiri"), {"row": row.id, "reason": "Pensiun bulan ini"})
    cast.officer("dewi").refresh_from_db()
    assert visit("dewi").get("/petugas/periksa/").status_code == 404
    change = changes().get()
    assert (change.verb, change.before["role"], change.after["role"]) == ("end", "", "reviewer")


@pytest.mark.parametrize(("deed", "sent", "sentence"), [
    ("peran", {"agency": "dinas jalan", "role": "desk", "reason": "x"}, "Sebutkan alasannya"),
    ("peran", {"agency": "dinas", "role": "desk", "reason": "Pindah tugas"}, "Tidak tepat satu instansi"),
    ("peran", {"agency": "dinas kebersihan", "role": "desk", "reason": "Sudah ada"}, "sudah dipegang"),
    ("peran", {"agency": "dinas jalan", "role": "raja", "reason": "Pindah tugas"}, "Peran"),
    ("peran", {"agency": "dinas jalan", "role": "desk", "reason": "Pindah tugas", "begins": "2026-12-01",
               "ends": "2026-12-01"}, "Akhirnya harus sesudah awalnya"),
    ("peran", {"agency": "dinas jalan", "role": "desk", "reason": "Pindah tugas", "begins": "2026-01-01",
               "ends": "2026-02-01"}, "Hari itu sudah lewat"),
    ("keluar", {"reason": ""}, "Sebutkan alasannya"),
    ("kembali", {"reason": "Sudah kembali"}, "sudah terbuka"),
    ("langkah-kedua", {"reason": "Telepon hilang"}, "sudah mati"),
    ("wakil", {"deputy": "siapa", "begins": "2026-12-01", "ends": "2026-12-02", "reason": "Cuti tahunan"},
     "Tidak ada yang memakai nama"),
    ("wakil", {"deputy": "eko", "begins": "2026-12-01", "ends": "2026-12-02", "reason": "Cuti tahunan"},
     "mewakili dirinya sendiri"),
    ("data", {"name": "Eko Cast", "email": "eko@melati.test", "language": "id", "reason": "Tidak ada"},
     "Tidak ada yang berbeda"),
    ("data", {"name": "Eko", "email": "eko@", "language": "id", "reason": "Salah ketik"}, "Alamat surel"),
])  # fmt: skip
def test_what_does_not_fit_is_named_and_changes_nothing(visit, cast, words, deed, sent, sentence):
    page = visit("joko").post(person(cast, "eko", deed), sent)
    assert page.status_code == 200
    assert sentence in words(page)
    assert not changes().exists()
    assert Officer.objects.get(username="eko").session_version == 0


def test_nobody_changes_their_own_powers(visit, cast, words):
    client = visit("joko")
    sent = {"agency": "dinas jalan", "role": "reviewer", "reason": "Saya mau"}
    assert "Bukan untuk diri sendiri" in words(client.post(person(cast, "joko", "peran"), sent))
    for deed in ("keluar", "undang", "langkah-kedua"):
        assert "Bukan untuk diri sendiri" in words(
            client.post(person(cast, "joko", deed), {"reason": "Saya mau"})
        )
    # nor by standing in for somebody, or letting somebody stand in for oneself
    sent = {"deputy": "joko", "begins": day(0), "ends": day(5), "reason": "Saya mau"}
    assert "Bukan untuk diri sendiri" in words(client.post(person(cast, "dewi", "wakil"), sent))
    assert "Bukan untuk diri sendiri" in words(
        client.post(person(cast, "joko", "wakil"), sent | {"deputy": "eko"})
    )
    assert not changes().exists()


def test_whoever_leaves_loses_every_session_and_keeps_the_history(visit, cast, words):
    eko, joko = visit("eko"), visit("joko")
    joko.post(person(cast, "eko", "keluar"), {"reason": "Tidak bekerja lagi"})
    assert eko.get("/petugas/")["Location"].startswith("/masuk/")
    assert visit().post("/masuk/", {"login": "eko", "password": PASSWORD}).status_code == 200
    officer = Officer.objects.get(username="eko")
    assert (officer.is_active, officer.name) == (False, "Eko Cast")
    assert [row.valid_to for row in officer.memberships.all()] == [day(0)]
    assert "akun ditutup" in words(joko.get(person(cast, "eko")))
    joko.post(person(cast, "eko", "kembali"), {"reason": "Bekerja lagi"})
    officer.refresh_from_db()
    assert (officer.is_active, Membership.objects.current(day(0)).filter(officer=officer).count()) == (
        True,
        0,
    )


def test_roles_of_others_and_unknown_deeds_are_not_found(visit, cast):
    row = Membership.objects.get(officer=cast.officer("dewi"))
    client = visit("joko")
    for given in (row.id, "x", "9" * 30, ""):
        sent = {"row": given, "reason": "Pensiun bulan ini"}
        assert client.post(person(cast, "eko", "akhiri"), sent).status_code == 404
    assert client.get(person(cast, "eko", "hapus")).status_code == 404
    assert client.get(f"{HOME}orang/999999/").status_code == 404
    assert client.get(f"{HOME}urungkan/999999/").status_code == 404


def test_a_new_officer_gets_a_role_and_an_invitation_in_one_deed(visit, cast, words, mailoutbox):
    client = visit("joko")
    sent = {"username": "lina", "name": "Lina Sari", "email": "lina@melati.test", "language": "id", "role": "desk",
            "agency": "dinas kebersihan", "reason": "Petugas baru"}  # fmt: skip
    assert "Hanya huruf kecil" in words(client.post(f"{HOME}orang/baru/", sent | {"username": "Lina Sari"}))
    assert "sudah dipakai" in words(client.post(f"{HOME}orang/baru/", sent | {"username": "eko"}))
    assert not Officer.objects.filter(username="lina").exists()
    answer = client.post(f"{HOME}orang/baru/", sent)
    lina = Officer.objects.get(username="lina")
    assert answer["Location"] == f"{HOME}orang/{lina.id}/"
    assert "sedang dikirim" in words(client.get(answer["Location"]))
    flow.run_all(timezone.now())
    assert [mail.to for mail in mailoutbox] == [["lina@melati.test"]]
    assert f"/undangan/{lina.invitations.get().id}/" in mailoutbox[0].body
    assert "terkirim, berlaku sampai" in words(client.get(answer["Location"]))
    assert "diundang" in words(client.get(f"{HOME}orang/", {"q": "lina"}))


def test_a_refused_address_is_parked_with_its_reason(visit, cast, words, monkeypatch):
    from smtplib import SMTPRecipientsRefused

    from django.core.mail.backends.locmem import EmailBackend

    def refuse(self, messages):
        raise SMTPRecipientsRefused({"eko@melati.test": (550, b"unknown")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    client = visit("joko")
    client.post(person(cast, "eko", "undang"), {"reason": "Lupa sandinya"})
    flow.run_all(timezone.now())
    row = Invitation.objects.get()
    assert (row.last_error, row.sent_at, row.parked_at is None) == ("AddressRefused", None, False)
    assert "server surel menolak alamat ini" in words(client.get(person(cast, "eko")))
    assert "Undangan: eko" in words(client.get(HOME))
    monkeypatch.undo()
    client.post(f"{HOME}diparkir/", {"row": f"invitation:{row.id}"})
    flow.run_all(timezone.now())
    row.refresh_from_db()
    assert row.sent_at is not None


def test_a_deputy_works_in_their_own_name_for_whom_is_away(visit, cast, words):
    client = visit("joko")
    sent = {"deputy": "eko", "begins": day(0), "ends": day(5), "reason": "Cuti tahunan"}
    client.post(person(cast, "citra", "wakil"), sent)
    row = Membership.objects.get(deputy_for=cast.officer("citra"))
    assert (row.officer, row.agency.code, row.role_id, row.valid_from, row.valid_to) == (
        cast.officer("eko"), "dinas-jalan", "desk", day(0), day(5),
    )  # fmt: skip
    assert "Eko Cast mewakili dari" in words(client.get(person(cast, "citra")))
    assert "untuk Citra Cast" in words(client.get(person(cast, "eko")))
    cast.officer("eko").refresh_from_db()
    assert "untuk Citra Cast" in words(visit("eko").get("/akun/"))


def test_a_lost_telephone_is_forgotten_and_set_up_anew(visit, cast):
    kirana = visit("kirana")
    assert kirana.get("/petugas/papan/").status_code == 200
    visit("joko").post(person(cast, "kirana", "langkah-kedua"), {"reason": "Telepon hilang"})
    assert kirana.get("/petugas/papan/")["Location"].startswith("/masuk/")
    cast.officer("kirana").refresh_from_db()
    assert visit("kirana").get("/petugas/papan/")["Location"] == "/akun/dua-langkah/"


def test_a_new_address_voids_the_link_at_the_old_one(visit, cast):
    client = visit("joko")
    client.post(person(cast, "eko", "undang"), {"reason": "Lupa sandinya"})
    path = Invitation.objects.get().path
    sent = {"name": "Eko Cast", "email": "baru@melati.test", "language": "en", "reason": "Alamat lama mati"}
    client.post(person(cast, "eko", "data"), sent)
    assert Officer.objects.get(username="eko").email == "baru@melati.test"
    assert visit().get(path).status_code == 404


def test_the_history_speaks_in_words(visit, cast, words):
    client = visit("joko")
    sent = {
        "agency": "dinas jalan",
        "role": "desk",
        "reason": "Membantu",
        "begins": "2026-12-01",
        "ends": "2027-01-15",
    }
    client.post(person(cast, "eko", "peran"), sent)
    client.post(person(cast, "eko", "keluar"), {"reason": "Tidak bekerja lagi"})
    text = words(client.get(person(cast, "eko")))
    assert "Meja, Dinas Jalan, sejak Selasa 1 Des sampai Jumat 15 Jan 2027" in text
    assert "Akun ditutup, 2 peran berakhir" in text
    assert "membership" not in text


# ---- undo ----


def undo(client, change: Change, reason: str = "Salah orang"):
    return client.post(f"{HOME}urungkan/{change.id}/", {"reason": reason})


def test_an_ended_role_is_given_back_and_both_stand_in_the_history(visit, cast, words):
    row = Membership.objects.get(officer=cast.officer("dewi"))
    client = visit("joko")
    client.post(person(cast, "dewi", "akhiri"), {"row": row.id, "reason": "Pensiun bulan ini"})
    change = changes().get()
    assert "Urungkan" in words(client.get(person(cast, "dewi")))
    assert "Sebutkan alasannya" in words(undo(client, change, ""))
    assert undo(client, change)["Location"] == person(cast, "dewi")
    assert Membership.objects.get(pk=row.pk).valid_to is None
    assert [one.verb for one in changes()] == ["end", "undo"]
    assert "Sudah diurungkan" in words(client.get(f"{HOME}urungkan/{change.id}/"))
    assert "Sudah diurungkan" in words(undo(client, change))
    assert "sebuah pengurungan" in words(undo(client, changes().last()))


def test_a_leaver_comes_back_with_the_roles_of_that_day(visit, cast):
    client = visit("joko")
    client.post(person(cast, "budi", "keluar"), {"reason": "Salah baris"})
    undo(client, changes().get())
    budi = Officer.objects.get(username="budi")
    assert (budi.is_active, Membership.objects.current(day(0)).filter(officer=budi).count()) == (True, 2)


def test_a_given_role_is_taken_back(visit, cast):
    client = visit("joko")
    sent = {"agency": "dinas jalan", "role": "watcher", "reason": "Pindah tugas"}
    client.post(person(cast, "eko", "peran"), sent)
    undo(client, changes().get())
    assert Membership.objects.get(officer=cast.officer("eko"), role="watcher").valid_to == day(0)


def test_what_moved_on_stays_and_the_page_says_why(visit, cast, words):
    client = visit("joko")
    for email in ("satu@melati.test", "dua@melati.test"):
        sent = {"name": "Eko Cast", "email": email, "language": "id", "reason": "Alamat baru"}
        client.post(person(cast, "eko", "data"), sent)
    first, second = changes()
    assert "Sudah ada perubahan lain" in words(undo(client, first))
    undo(client, second)
    assert Officer.objects.get(username="eko").email == "satu@melati.test"


@pytest.mark.parametrize(("after", "sentence"), [
    ({"password_at": "2026"}, "Sandi lama tidak dapat"), ({"invited": "2026"}, "Suratnya sudah keluar"),
    ({"account": 1, "name": "x"}, "Akun tetap ada"), ({"second_step": "on"}, "dipasang oleh petugasnya"),
    ({"agency": "x", "roles": []}, "berasal dari berkas"),
])  # fmt: skip
def test_what_can_not_be_undone_says_why(visit, cast, words, after, sentence):
    change = Change.objects.create(object="officer:eko", verb="change", after=after, at=timezone.now())
    assert sentence in words(visit("joko").get(f"{HOME}urungkan/{change.id}/"))
    assert sentence in words(undo(visit("joko"), change))
    assert not changes().filter(verb="undo").exists()


def test_an_administrator_undoes_nothing_about_themselves(visit, cast, words):
    change = Change.objects.create(object="officer:joko", verb="change", before={"active": True, "ended": {}},
                                   after={"active": False, "ended": {}}, at=timezone.now())  # fmt: skip
    assert "Bukan untuk diri sendiri" in words(undo(visit("joko"), change))


# ---- rules ----


def agency_form(row: Agency, **more) -> dict:
    return {"name": row.name, "short": row.short, "email": row.email, "parent": row.parent.name if row.parent else "",
            "begins": row.valid_from, "ends": row.valid_to or "", "reason": "Peraturan baru"} | more  # fmt: skip


def test_an_agency_is_renamed_and_ended_and_both_are_undone(
    visit, cast, words, django_capture_on_commit_callbacks
):
    client, row = visit("joko"), agency("cabang-bersih")
    path = f"{HOME}instansi/{row.id}/"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(path, agency_form(row, name="Cabang Kebersihan Baru"))
    assert Reference.get().agencies["cabang-bersih"].name == "Cabang Kebersihan Baru"
    row.refresh_from_db()
    client.post(path, agency_form(row, ends=day(7)))
    renamed, ended = changes("agency:cabang-bersih").filter(reason="Peraturan baru")
    assert (renamed.verb, ended.verb, ended.after["valid_to"]) == ("change", "end", str(day(7)))
    assert undo(client, ended)["Location"] == path
    undo(client, renamed)
    row.refresh_from_db()
    assert (row.name, row.valid_to) == ("Cabang Dinas Kebersihan", None)
    assert "diurungkan" in words(client.get(path))


def test_an_agency_with_work_or_without_a_successor_does_not_end(visit, cast, words, chain):
    chain(until="refer")
    client = visit("joko")
    holder, office = agency("dinas-jalan"), agency("kel-m1.a.1")
    page = client.post(f"{HOME}instansi/{holder.id}/", agency_form(holder, ends=day(0)))
    assert "masih memegang kasus terbuka" in words(page)
    page = client.post(f"{HOME}instansi/{office.id}/", agency_form(office, ends=day(9)))
    assert "satu-satunya kantor" in words(page)
    page = client.post(f"{HOME}instansi/{holder.id}/", agency_form(holder, parent="Cabang Dinas Jalan Bunga"))
    assert "di atas dirinya sendiri" in words(page)
    page = client.post(f"{HOME}instansi/{holder.id}/", agency_form(holder))
    assert "Tidak ada yang berbeda" in words(page)
    assert not changes("agency:").filter(reason="Peraturan baru").exists()


def test_a_new_agency_and_its_undo(visit, cast, words):
    client = visit("joko")
    sent = {"code": "dinas-taman", "kind": "dinas", "name": "Dinas Taman", "parent": "Sekretariat Kota Melati",
            "begins": day(0), "reason": "Dinas baru"}  # fmt: skip
    client.post(f"{HOME}instansi/baru/", sent)
    row = Agency.objects.get(code="dinas-taman")
    assert "Kode ini sudah dipakai" in words(client.post(f"{HOME}instansi/baru/", sent))
    undo(client, changes("agency:dinas-taman").get())
    row.refresh_from_db()
    assert row.valid_to == day(0)


def test_a_hand_over_is_opened_ended_and_undone(visit, cast, words):
    client = visit("joko")
    sent = {"giver": "dinas", "step": "refer", "taker": "external", "approval_role": "reviewer", "legal": "SK 1/2026",
            "begins": day(0), "ends": "", "reason": "Kerja sama baru"}  # fmt: skip
    client.post(f"{HOME}serah/baru/", sent)
    row = Handover.objects.get(from_kind="dinas", to_kind="external")
    assert (row.approval_role, row.legal, row.valid_to) == ("reviewer", "SK 1/2026", None)
    assert "sudah dipegang pada hari-hari itu" in words(client.post(f"{HOME}serah/baru/", sent))
    client.post(f"{HOME}serah/{row.id}/", {"ends": day(3), "reason": "Kerja sama berakhir"})
    row.refresh_from_db()
    assert row.valid_to == day(3)
    added, ended = changes("handover:dinas.refer.external")
    undo(client, ended)
    row.refresh_from_db()
    assert row.valid_to is None
    assert "Sudah ada perubahan lain" not in words(undo(client, added, "Batal semua"))
    row.refresh_from_db()
    assert row.valid_to == day(0)


@pytest.mark.parametrize(
    "path", ["orang/{eko}/", "orang/{eko}/peran/", "orang/baru/", "instansi/{dinas}/", "serah/{rule}/"]
)
def test_each_page_is_cheap(visit, cast, path):
    for number in range(12):
        Change.objects.create(object="officer:eko", verb="change", before={"name": "x"}, after={"name": str(number)},
                              at=timezone.now())  # fmt: skip
    made = path.format(
        eko=cast.officer("eko").id, dinas=agency("dinas-jalan").id, rule=Handover.objects.first().pk
    )
    assert queries(visit("joko"), HOME + made) <= 12


# ---- the second step ----


def test_administrators_and_auditors_open_nothing_before_the_second_step(visit, cast, words):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.all().delete()
    for name, path in (("joko", HOME), ("joko", "/petugas/papan/"), ("kirana", "/petugas/papan/")):
        assert visit(name).get(path)["Location"] == "/akun/dua-langkah/"
    assert "Peran Anda perlu langkah kedua." in words(visit("joko").get("/akun/dua-langkah/"))
    assert visit("budi").get("/petugas/").status_code == 200
    assert (
        visit("joko").get("/akun/dua-langkah/nyalakan/").status_code == 302
    )  # the password once more, then the app
    assert app_code(0) != app_code(9)
