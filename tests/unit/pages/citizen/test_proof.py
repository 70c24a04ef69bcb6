"""The secret link and the secret code: what they open, for whom, and how often one may guess."""

import pytest
from django.core import signing
from django.http import HttpResponse

from tanggap import access
from tanggap.models import Report
from tanggap.web import proven
from tests import cast as people

pytestmark = pytest.mark.django_db


def link(row) -> str:
    return f"/l/{row.number}/{access.secret_of(row)}/"


def test_the_link_puts_the_proof_into_the_browser_and_leads_to_an_address_without_a_secret(holds):
    row = people.report(visibility="private")
    client = holds()
    answer = client.get(link(row))
    assert answer["Location"] == f"/lacak/{row.number}/"
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store, private")
    cookie = answer.cookies[proven.COOKIE]
    assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax")
    assert people.WORDS in client.get(f"/lacak/{row.number}/").content.decode()


def test_case_spaces_and_look_alikes_in_a_code_are_forgiven(holds):
    row = people.report(visibility="private")
    code = access.secret_of(row)
    spelt = " ".join(code[at : at + 4] for at in range(0, 16, 4)).upper()
    answer = holds().post("/lacak/", {"number": row.number.lower(), "code": spelt})
    assert answer["Location"] == f"/lacak/{row.number}/"


def test_a_raised_version_closes_the_link_and_every_browser(holds):
    row = people.report(visibility="private")
    client, old = holds(row), link(row)
    Report.objects.filter(pk=row.pk).update(secret_version=2)
    assert client.get(old).status_code == 404
    assert people.WORDS not in client.get(f"/lacak/{row.number}/").content.decode()


def test_wrong_codes_are_counted_and_then_even_the_right_one_waits(holds, settings):
    settings.GUESSES_PER_HOUR = 3
    row = people.report(visibility="private")
    client = holds()
    wrong = [client.get(f"/l/{row.number}/{'a' * 16}/").status_code for _ in range(3)]
    assert wrong == [404, 404, 404]
    late = client.get(link(row))
    assert (late.status_code, int(late["Retry-After"]) > 0) == (429, True)
    assert client.post("/lacak/", {"number": row.number, "code": access.secret_of(row)}).status_code == 429


def test_guesses_at_one_number_from_many_networks_are_counted_together_and_lock_no_reporter_out(
    holds, settings
):
    settings.GUESSES_PER_HOUR = 2
    row = people.report(visibility="private")

    def status(address: str, path: str) -> int:
        return holds().get(path, REMOTE_ADDR=address).status_code

    wrong = f"/l/{row.number}/{'a' * 16}/"
    assert {status(f"10.1.1.{part}", wrong) for part in range(40)} == {404}
    assert status("10.1.1.1", wrong) == 429  # one try more was free before the siege
    assert status("10.1.1.2", link(row)) == 429
    assert status("10.2.2.2", link(row)) == 302


def test_a_wrong_code_is_said_at_its_field_and_the_number_stays(holds, words):
    row = people.report(visibility="private")
    answer = holds().post("/lacak/", {"number": row.number, "code": "salah"})
    assert answer.status_code == 422
    assert "Nomor dan kode ini tidak cocok." in words(answer)
    assert f'value="{row.number}"' in answer.content.decode()


def test_looking_a_number_up_leads_to_its_page_or_says_the_same_of_all_others(holds, words):
    row = people.report(visibility="private")
    secret = people.report("Petugas minta pungli", visibility="secret")
    spelt = f" {row.number[:4]} {row.number[4:].lower()}"
    assert holds().get("/lacak/", {"n": spelt})["Location"] == f"/lacak/{row.number}/"
    for number in (secret.number, "KM9901010001"):
        answer = holds().get("/lacak/", {"n": number})
        assert answer.status_code == 404
        assert "Nomor itu tidak ada, atau bukan untuk umum." in words(answer)


def test_the_claim_code_finds_the_number_for_its_reporter_only(holds):
    row = people.report(visibility="private")
    shown = f"{row.claim[:4]}-{row.claim[4:]}"
    answer = holds().post("/lacak/", {"number": shown, "code": access.secret_of(row)})
    assert (answer.status_code, answer["Location"]) == (303, f"/lacak/{row.number}/")
    assert holds().get("/lacak/", {"n": shown}).status_code == 404
    assert holds().post("/lacak/", {"number": shown, "code": "a" * 16}).status_code == 422


@pytest.mark.parametrize("number", ["", "/", "KM/1", "x" * 300, "\x00", "../../etc"])
def test_what_is_no_number_is_said_at_its_field(holds, number):
    assert holds().post("/lacak/", {"number": number}).status_code in (404, 422)


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "eyJhIjoxfQ:1:abc"])
def test_a_cookie_that_is_not_ours_proves_nothing(holds, value):
    row = people.report(visibility="private")
    client = holds()
    client.cookies[proven.COOKIE] = value
    assert people.WORDS not in client.get(f"/lacak/{row.number}/").content.decode()


def test_at_most_twenty_reports_are_remembered_the_newest_first(rf):
    request = rf.get("/")
    response = proven.remember(request, HttpResponse(), *[(f"KM{n}", 1) for n in range(30)])
    request.COOKIES[proven.COOKIE] = response.cookies[proven.COOKIE].value
    assert proven.proofs(request) == [(f"KM{n}", 1) for n in range(20)]


def test_a_browser_forgets_when_told(holds):
    row = people.report(visibility="private")
    client = holds(row)
    client.post("/laporan-saya/lupakan/")
    assert client.cookies[proven.COOKIE].value == ""
    assert Report.objects.filter(pk=row.pk).exists()


def test_an_old_signature_of_another_purpose_opens_nothing(holds):
    row = people.report(visibility="private")
    client = holds()
    client.cookies[proven.COOKIE] = signing.dumps([(row.number, 1)], salt="another")
    assert people.WORDS not in client.get(f"/lacak/{row.number}/").content.decode()
