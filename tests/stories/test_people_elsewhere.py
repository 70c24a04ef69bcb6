"""Log-in with an account elsewhere: only whoever was connected, known by issuer and subject; no lie of a token is
believed (reliability.md S01, S02, S03, S11)."""

import time

import jwt
import pytest
from django.utils import timezone

from tanggap.lib import oidc
from tanggap.models import Change, Connection, Officer
from tanggap.people import links
from tests import cast as people
from tests.oidc import CLIENT, SECRET, provider
from tests.page import log_in, see


@pytest.fixture
def elsewhere(story, settings):
    """The provider, our settings for it, and everybody of the cast."""
    oidc.forget()
    with provider() as there:
        settings.SITE_URL = story.url
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = (
            there.issuer,
            CLIENT,
            SECRET,
        )
        settings.OIDC_NAME = "SSO Melati"
        people.assemble()
        yield there
    oidc.forget()


def connect(elsewhere, name: str = "budi") -> Connection:
    officer = Officer.objects.get(username=name)
    return Connection.objects.create(officer=officer, issuer=elsewhere.issuer, subject=elsewhere.subject,
                                     made_at=timezone.now())  # fmt: skip


def enter(story):
    browser = story.browser()
    return see(browser, see(browser, "/masuk/").link("Masuk dengan SSO Melati"))


def test_whoever_is_connected_gets_in(story, elsewhere):
    connect(elsewhere)
    page = enter(story)
    assert (page.status, page.url) == (200, f"{story.url}/petugas/")
    assert "Budi Cast" in see(page.browser, "/akun/").text
    asked = elsewhere.asked[0]
    assert (asked["scope"], asked["code_challenge_method"], asked["response_type"]) == (
        "openid",
        "S256",
        "code",
    )


def test_an_email_that_matches_opens_nothing(story, elsewhere):
    page = enter(story)
    assert (page.status, "Akun luar ini tidak membuka apa pun" in page.text) == (403, True)
    assert see(page.browser, "/petugas/").url.startswith(f"{story.url}/masuk/")
    assert (Connection.objects.count(), Officer.objects.count()) == (0, len(people.PEOPLE))


def test_another_subject_or_another_issuer_opens_nothing(story, elsewhere):
    connect(elsewhere)
    elsewhere.subject = "somebody-else"
    assert enter(story).status == 403
    elsewhere.subject = "budi-1"
    Connection.objects.update(issuer="https://another.test")
    assert enter(story).status == 403


def test_a_closed_account_stays_closed(story, elsewhere):
    connect(elsewhere)
    Officer.objects.filter(username="budi").update(is_active=False)
    assert enter(story).status == 403


def test_the_second_step_is_asked_for_here_too(story, elsewhere):
    elsewhere.subject = "joko-1"
    connect(elsewhere, "joko")
    page = enter(story)
    assert page.url == f"{story.url}/akun/dua-langkah/masuk/"
    assert see(page.browser, "/petugas/atur/").url == f"{story.url}/akun/dua-langkah/masuk/"
    page = see(page.browser, "/akun/dua-langkah/masuk/")
    assert page.send(page.form("code"), code=people.code()).url == f"{story.url}/petugas/atur/"


def none(elsewhere):
    elsewhere.sign = lambda claims: jwt.encode(claims, None, "none", headers={"kid": "k1"})


def public_key_as_secret(elsewhere):
    """HS256 with the public key as its secret, made by hand: PyJWT refuses to make one."""
    import base64
    import hashlib
    import hmac
    import json

    def sign(claims):
        parts = [json.dumps({"alg": "HS256", "typ": "JWT", "kid": "k1"}), json.dumps(claims)]
        told = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
        seal = hmac.digest(elsewhere.public_pem(), told.encode(), hashlib.sha256)
        return told + "." + base64.urlsafe_b64encode(seal).rstrip(b"=").decode()

    elsewhere.sign = sign


def another_key(elsewhere):
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    elsewhere.sign = lambda claims: jwt.encode(claims, key, "RS256", headers={"kid": "k1"})


def unknown_key(elsewhere):
    elsewhere.kid = "k9"


def claims(**more):
    def lie(elsewhere):
        elsewhere.claims = more

    return lie


LIES = {
    "alg none": none, "HS256 with the public key": public_key_as_secret, "another key": another_key,
    "unknown kid": unknown_key, "audience": claims(aud="another"), "issuer": claims(iss="https://evil.test"),
    "nonce": claims(nonce="old"), "no nonce": claims(nonce=None), "expired": claims(exp=int(time.time()) - 300),
    "no expiry": claims(exp=None), "from the future": claims(iat=int(time.time()) + 900),
    "no subject": claims(sub=None),
    "empty subject": claims(sub=""), "made for another": claims(azp="another"),
    "no token": lambda elsewhere: setattr(elsewhere, "sign", lambda claims: ""),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_no_lie_of_a_token_is_believed(story, elsewhere, lie):
    connect(elsewhere)
    LIES[lie](elsewhere)
    page = enter(story)
    assert (page.status, "Gagal masuk" in page.text) == (403, True)
    assert see(page.browser, "/akun/").url.startswith(f"{story.url}/masuk/")


def test_an_answer_that_was_not_asked_for_is_refused(story, elsewhere):
    connect(elsewhere)
    page = enter(story)
    answered = str(page.answer.history[2].url)  # the way back from there
    assert "/masuk/luar/kembali/" in answered
    for browser in (story.browser(), page.browser):  # somebody else's browser; the same one again
        assert see(browser, answered).status == 403
    assert see(story.browser(), "/masuk/luar/kembali/?state=x&code=y").status == 403


def test_a_provider_that_is_away_is_a_sentence(story, elsewhere, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    page = see(story.browser(), "/masuk/luar/")
    assert (page.status, "Gagal masuk" in page.text) == (502, True)


def test_whoever_cancels_is_back_at_the_log_in(story, elsewhere):
    browser = story.browser(follow_redirects=False)
    state = browser.get("/masuk/luar/").headers["location"].split("state=")[1].split("&")[0]
    answer = browser.get("/masuk/luar/kembali/", params={"error": "access_denied", "state": state})
    assert answer.headers["location"] == "/masuk/"


# ---- the first time ----


def connected_by_page(story):
    browser = story.browser()
    log_in(browser, "budi", people.PASSWORD)
    page = see(browser, "/akun/")
    page = page.send(page.form(action="/akun/sambungan/"), "Sambungkan")
    assert page.url.startswith(f"{story.url}/akun/sekali-lagi/")  # the password once more
    page = page.send(page.form("password"), password=people.PASSWORD)
    page = page.send(page.form(action="/akun/sambungan/"), "Sambungkan")
    return page.follow("Lanjutkan ke SSO Melati")


def test_an_officer_connects_it_on_their_own_page(story, elsewhere):
    other = story.browser()
    log_in(other, "budi", people.PASSWORD)
    page = connected_by_page(story)
    assert (page.url, "Tersambung." in page.text) == (f"{story.url}/akun/", True)
    assert see(other, "/akun/").url.startswith(
        f"{story.url}/masuk/"
    )  # sessions that were there before are void
    row = Connection.objects.get()
    assert (row.officer.username, row.issuer, row.subject) == ("budi", elsewhere.issuer, "budi-1")
    assert Change.objects.filter(
        object="officer:budi", verb="add", after__connection=elsewhere.issuer
    ).exists()
    assert enter(story).url == f"{story.url}/petugas/"
    page = page.send(page.form(action="/akun/sambungan/"), "Lepaskan")
    assert "tidak membuka akun ini lagi" in page.text
    assert enter(story).status == 403


def test_an_account_elsewhere_belongs_to_one_officer(story, elsewhere):
    connect(elsewhere, "eko")
    assert "milik petugas lain" in connected_by_page(story).text
    assert Connection.objects.get().officer.username == "eko"


def test_an_invitation_is_answered_with_an_account_elsewhere_and_old_passwords_are_void(story, elsewhere):
    cast_joko = Officer.objects.get(username="joko")
    officer = Officer.objects.get(username="budi")
    row = links.invite(officer, by=people.Cast({"joko": cast_joko}, timezone.now()).joko, now=timezone.now(),
                       reason="Masuk dengan SSO")  # fmt: skip
    page = see(story.browser(), row.path)
    page = page.send(page.form(action="/undangan/luar/")).follow("Lanjutkan ke SSO Melati")
    assert page.url == f"{story.url}/petugas/"
    officer.refresh_from_db()
    assert (officer.has_usable_password(), Connection.objects.get().officer) == (False, officer)
    assert log_in(story.browser(), "budi", people.PASSWORD).url == f"{story.url}/masuk/"
    assert see(story.browser(), row.path).status == 404
