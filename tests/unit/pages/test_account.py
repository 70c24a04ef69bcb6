"""Who gets in, who doesn't, and how a session ends."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp

from tanggap.models import Change, Officer
from tests.cast import PASSWORD
from tests.cast import code as app_code

pytestmark = pytest.mark.django_db


def log_in(client, name: str, password: str = PASSWORD, **more):
    return client.post("/masuk/", {"login": name, "password": password} | more)


@pytest.mark.parametrize(("name", "first"), [("dewi", "/petugas/periksa/"), ("hana", "/petugas/tugas/")])
def test_an_officer_lands_on_the_first_page_of_their_way(visit, name, first):
    answer = log_in(visit(), name)
    assert (answer.status_code, answer["Location"]) == (302, first)


def test_whoever_wanted_a_page_gets_it_after_log_in(visit):
    client = visit()
    asked = client.get("/petugas/tugas/")
    assert (asked.status_code, asked["Location"]) == (302, "/masuk/?next=/petugas/tugas/")
    answer = log_in(client, "dewi", next="/petugas/tugas/")
    assert answer["Location"] == "/petugas/tugas/"


def test_log_in_never_leads_to_another_site(visit):
    assert log_in(visit(), "dewi", next="https://elsewhere.test/")["Location"] == "/petugas/periksa/"


def said(response) -> str:
    """The page without what differs for its own reasons: the token, the name typed, the reference."""
    body = re.sub(r'value="[^"]*"', "", response.content.decode())
    return re.sub(r"Rujukan.*", "", body)


def test_unknown_wrong_and_closed_accounts_get_the_same_answer(visit, cast):
    Officer.objects.filter(username="eko").update(is_active=False)
    pages = {said(log_in(visit(), name, word)) for name, word in (
        ("siapa", PASSWORD), ("dewi", "kata sandi yang salah"), ("eko", PASSWORD), ("eko", "kata sandi yang salah"),
    )}  # fmt: skip
    assert len(pages) == 1
    assert "Nama atau sandi salah." in pages.pop()


def test_the_sixth_wrong_try_for_a_name_is_not_looked_at(visit, words):
    for _ in range(5):
        log_in(visit(), "dewi", "kata sandi yang salah")
    answer = log_in(visit(), "dewi")
    assert answer.status_code == 200
    assert "Terlalu sering mencoba." in words(answer)


def test_strangers_who_guess_lock_no_owner_out(visit, words):
    """reliability.md S12: the owner's own browser counts for itself, and the strangers stay out."""
    owner, stranger = visit(), visit()
    assert log_in(owner, "dewi").status_code == 302
    owner.post("/keluar/")
    for _ in range(8):
        log_in(stranger, "dewi", "kata sandi yang salah")
    assert "Terlalu sering mencoba." in words(log_in(stranger, "dewi"))
    assert log_in(owner, "dewi")["Location"] == "/petugas/periksa/"
    # a cookie of one officer is none of another, and a made-up one is nothing
    for _ in range(5):
        log_in(stranger, "gita", "kata sandi yang salah")
    owner.post("/keluar/")
    assert "Terlalu sering mencoba." in words(log_in(owner, "gita"))
    stranger.cookies["peramban"] = "made:up"
    assert "Terlalu sering mencoba." in words(log_in(stranger, "dewi"))
    for _ in range(5):
        log_in(owner, "dewi", "kata sandi yang salah")
    assert "Terlalu sering mencoba." in words(log_in(owner, "dewi"))


def test_log_out_needs_a_post(visit):
    client = visit("dewi")
    assert client.get("/keluar/").status_code == 405
    assert client.get("/akun/").status_code == 200
    assert client.post("/keluar/")["Location"] == "/"
    assert client.get("/akun/")["Location"] == "/masuk/?next=/akun/"


def test_a_changed_role_ends_every_session(visit, cast):
    client = visit("dewi")
    assert client.get("/akun/").status_code == 200
    officer = cast.officer("dewi")
    officer.session_version += 1
    officer.save(update_fields=["session_version"])
    assert client.get("/akun/")["Location"] == "/masuk/?next=/akun/"


def test_the_account_page_names_the_roles_and_keeps_the_language(visit, cast, words):
    client = visit("dewi")
    assert "Pemeriksa Sekretariat Kota Melati" in words(client.get("/akun/"))
    answer = client.post("/akun/", {"language": "en"})
    assert answer["Location"] == "/akun/?bahasa=en"
    assert "My roles" in words(client.get("/akun/?bahasa=en", follow=True))
    cast.officer("dewi").refresh_from_db()
    assert cast.officer("dewi").language == "en"


def test_a_new_password_ends_the_other_sessions_and_is_written_down(visit, cast):
    here, there = visit("dewi"), visit("dewi")
    new = "empat kata biasa saja"
    answer = here.post("/akun/sandi/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer["Location"] == "/akun/"
    assert (here.get("/akun/").status_code, there.get("/akun/").status_code) == (200, 302)
    change = Change.objects.get(object="officer:dewi")
    assert (list(change.after), change.by_id) == (["password_at"], cast.officer("dewi").id)


@pytest.mark.parametrize("path", [
    "/accounts/signup/", "/masuk/daftar/", "/akun/surel/", "/sandi/lupa/", "/akun/dua-langkah/kode/unduh/",
])  # fmt: skip
def test_nobody_signs_up_or_resets_alone(visit, path):
    assert visit("dewi").get(path).status_code == 404


def code_of(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def switch_on(client) -> str:
    assert client.get("/akun/dua-langkah/nyalakan/")["Location"].startswith("/akun/sekali-lagi/")
    client.post("/akun/sekali-lagi/?next=/akun/dua-langkah/nyalakan/", {"password": PASSWORD})
    page = client.get("/akun/dua-langkah/nyalakan/")
    secret = re.search(r'class="no wrap">(\w+)<', page.content.decode())[1]
    assert client.post("/akun/dua-langkah/nyalakan/", {"code": code_of(secret)}).status_code == 302
    return secret


def test_the_second_step_is_asked_for_once_it_is_on(visit, cast, words):
    secret = switch_on(visit("dewi"))
    client = visit()
    assert log_in(client, "dewi")["Location"] == "/akun/dua-langkah/masuk/"
    assert client.get("/petugas/periksa/").status_code == 302
    assert "Kodenya tidak cocok." in words(client.post("/akun/dua-langkah/masuk/", {"code": "000000"}))
    cast_code = {"code": code_of(secret)}
    assert client.post("/akun/dua-langkah/masuk/", cast_code)["Location"] == "/petugas/periksa/"
    assert client.get("/petugas/periksa/").status_code == 200


def test_an_emergency_code_works_once(visit):
    client = visit("dewi")
    switch_on(client)
    codes = re.findall(r'<li class="no">(\w+)</li>', client.get("/akun/dua-langkah/kode/").content.decode())
    assert len(codes) == 10
    for expected in (302, 200):
        other = visit()
        log_in(other, "dewi")
        assert other.post("/akun/dua-langkah/masuk/", {"code": codes[0]}).status_code == expected


def test_secrets_of_the_second_step_lie_sealed(visit):
    secret = switch_on(visit("dewi"))
    for row in Authenticator.objects.all():
        assert secret not in str(row.data)


@pytest.mark.parametrize("path", [
    "/akun/dua-langkah/", "/akun/dua-langkah/matikan/", "/akun/dua-langkah/kode/", "/akun/dua-langkah/kode/baru/",
    "/akun/sekali-lagi/", "/akun/dua-langkah/sekali-lagi/", "/akun/sandi/", "/akun/",
])  # fmt: skip
def test_every_page_of_the_account_is_ours_and_stored_nowhere(visit, path):
    client = visit("dewi")
    switch_on(client)
    answer = client.get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store, private")
    assert b'class="desk"' in answer.content


def test_the_second_step_can_be_switched_off(visit):
    client = visit("dewi")
    switch_on(client)
    assert client.post("/akun/dua-langkah/matikan/")["Location"] == "/akun/dua-langkah/"
    assert not Authenticator.objects.filter(user__username="dewi").exists()
    assert log_in(visit(), "dewi")["Location"] == "/petugas/periksa/"


@pytest.mark.parametrize("who", ["", "joko"])
def test_no_address_of_ours_is_drawn_by_djangos_engine(visit, cast, monkeypatch, settings, who):
    """Pages that allauth would draw itself have no place here: ours are found first, or there is none."""
    from django.urls import get_resolver

    def drawn(self, name):
        raise AssertionError(f"{name} is drawn by Django's engine")

    monkeypatch.setattr("django.template.backends.django.DjangoTemplates.get_template", drawn)
    settings.OIDC_ISSUER = "http://127.0.0.1:9"  # nobody answers there
    client, wrong = visit(who), []
    names = [row for row in get_resolver().reverse_dict if isinstance(row, str)]
    for name in names:
        for shape, _route, _defaults, _converters in get_resolver().reverse_dict.getlist(name):
            path, given = shape[0]
            filled = dict.fromkeys(given, "1")
            address = "/" + path % filled
            for answer in (client.get(address), client.post(address, {"x": "y"})):
                if answer.status_code >= 500 and answer.status_code not in (502, 503):
                    wrong.append(f"{address}: {answer.status_code}")
            if who and client.get("/akun/").status_code != 200:
                client.force_login(cast.officer(who))
    assert (wrong, len(names) > 60) == ([], True)


def test_codes_are_not_guessed(visit, cast, words):
    """reliability.md S10: five wrong codes, then none is looked at, not even the right one."""
    client = visit()
    log_in(client, "joko")
    for _ in range(5):
        client.post("/akun/dua-langkah/masuk/", {"code": "000000"})
    answer = client.post("/akun/dua-langkah/masuk/", {"code": app_code()})
    assert answer.status_code == 200
    assert "Terlalu sering mencoba." in words(answer)
