"""What a mail belongs to, whom it comes from, and what is no person's at all."""

import pytest

from tanggap.channels.base import HELP, STATUS, STOP, Command, Ignored, Submission, Unreadable
from tanggap.channels.email import address
from tests.channels.email.letters import CITY, OLD, SECRET, account, bounce_to, mail, one, reply_to, said

PASSED = "mx.kota.example; dkim=pass header.d=warga.example; dmarc=pass (p=none) header.from=warga.example"


# ---- the signed address ----


def test_an_answer_to_our_address_names_its_report():
    heard = said(mail("Belum menyala.", to=f"Tanggap <{reply_to(17)}>", subject="Re: Laporan"))
    assert (heard.token, heard.words, heard.notes) == ("17", "Belum menyala.", ())


def test_the_address_is_found_where_the_mail_was_delivered_to():
    assert said(mail(delivered_to=reply_to(17), to="daftar@warga.example")).token == "17"
    assert said(mail(delivered_to=None, x_original_to=reply_to(17))).token == "17"


def test_e04_the_signature_has_at_least_96_bits_and_fits_an_address():
    told = reply_to("9" * 18)
    assert (len(told.partition("@")[0]) <= 64, 5 * address.MAC_SIGNS >= 96) == (True, True)


@pytest.mark.parametrize("change", [
    lambda tag: tag[:-1],
    lambda tag: tag.upper(),
    lambda tag: tag.replace("r17-", "r18-"),
    lambda tag: tag.replace("r17-", "b17-"),
    lambda tag: "17",
    lambda tag: "r17",
    lambda tag: "r17-" + "a" * 20,
    lambda tag: tag + "a",
    lambda tag: tag.replace("r17-", "r017-"),
    lambda tag: "",
])  # fmt: skip
def test_e04_any_other_address_is_refused(change):
    tag = reply_to(17).partition("+")[2].partition("@")[0]
    heard = said(mail("Belum.", to=f"laporan+{change(tag)}@kota.example", delivered_to=None))
    assert (heard.token, "token_refused" in heard.notes) == ("", True)


def test_e04_both_secrets_count_while_one_is_rotated_and_then_the_old_one_ends():
    before, during, after = account(token_secret=OLD), CITY, account(token_secret=SECRET)
    old, new = reply_to(17, before), reply_to(17, during)
    assert [said(mail(to=old), of).token for of in (before, during, after)] == ["17", "17", ""]
    assert [said(mail(to=new), of).token for of in (before, during, after)] == ["", "17", "17"]


def test_e04_an_address_of_another_mailbox_with_the_same_secret_is_refused():
    tag = reply_to(17, account(address="surat@kota.example")).partition("+")[2]
    assert said(mail(to=f"laporan+{tag}")).token == ""


def test_e04_what_is_no_token_makes_no_address():
    for token in ("", "../x", "A", "a b", "é", "9" * 41, "x\n"):
        assert address.plus(CITY, address.REPLY, token) == ""
    assert address.plus(account(token_secret=""), address.REPLY, "17") == ""


def test_an_address_that_would_be_too_long_is_not_given_out():
    assert address.plus(account(address=f"{'x' * 50}@kota.example"), address.REPLY, "17") == ""


# ---- what it answers ----


def test_replies_name_what_they_answer_the_nearest_first():
    heard = said(mail(in_reply_to="<tiga@kota.example>",
                      references="<satu@x.example> <dua@kota.example>\r\n <tiga@kota.example>"))  # fmt: skip
    assert heard.replies_to == ("tiga@kota.example", "dua@kota.example", "satu@x.example")


def test_ids_that_make_no_sense_are_left_out():
    heard = said(mail(in_reply_to="tiga", references=f"<{'x' * 300}@y> <a b@c> <\x00@x> <ok@x.example>"))
    assert heard.replies_to == ("ok@x.example",)
    assert len(said(mail(references=" ".join(f"<{n}@x.example>" for n in range(500)))).replies_to) == 20


def test_e29_its_own_message_id_is_its_thread_and_never_its_key():
    first, second = said(mail("satu")), said(mail("dua"))
    assert (first.thread, second.thread) == ("satu@warga.example", "satu@warga.example")
    assert first.external_id != second.external_id
    assert said(mail(message_id=None)).thread == ""


def test_e29_the_same_mail_by_another_route_is_the_same():
    other = mail(
        received="from lain.example by mx.kota.example", delivered_to="warga@kota.example", return_path=None
    )
    assert (said(other).external_id, said(other).uuid) == (said(mail()).external_id, said(mail()).uuid)


@pytest.mark.parametrize(("subject", "number"), [
    ("Re: [JK2611240007] Laporan Anda", "JK2611240007"),
    ("Laporan JK-0123456789 bagaimana?", "JK-0123456789"),
    ("JK26112400071234567", ""),
    ("nomor 081234567890", ""),
    ("xJK2611240007", ""),
])  # fmt: skip
def test_a_number_in_the_subject_is_a_hint(subject, number):
    assert said(mail(subject=subject)).number == number


# ---- who it is ----


@pytest.mark.parametrize(("result", "proven"), [
    (PASSED, True),
    ("MX.KOTA.EXAMPLE 1; dmarc=pass header.from=WARGA.example", True),
    ("mx.kota.example; dmarc=fail header.from=warga.example", False),
    ("mx.kota.example; spf=pass smtp.mailfrom=warga.example; dkim=pass header.d=warga.example", False),
    ("mx.kota.example; dmarc=pass header.from=luar.example", False),
    ("mx.kota.example; dmarc=pass", False),
    ("mx.kota.example; dmarc=fail reason=\"; dmarc=pass header.from=warga.example\"", False),
    ("mx.kota.example; dmarc=fail (; dmarc=pass header.from=warga.example)", False),
    ("mx.kota.example; dmarc=fail ((; dmarc=pass header.from=warga.example)", False),
    ("mx.luar.example; dmarc=pass header.from=warga.example", False),
    ("mx.luar.example mx.kota.example; dmarc=pass header.from=warga.example", False),
    ("(mx.kota.example); dmarc=pass header.from=warga.example", False),
    ("", False),
])  # fmt: skip
def test_e10_only_our_own_server_proves_a_sender(result, proven):
    assert said(mail(authentication_results=result)).sender.proven is proven


def test_e10_below_our_servers_own_result_nothing_counts():
    top = b"Authentication-Results: mx.kota.example; dmarc=fail header.from=warga.example\r\n"
    assert said(top + mail(authentication_results=PASSED)).sender.proven is False


def test_e10_without_a_name_of_our_server_nobody_is_proven():
    assert said(mail(authentication_results=PASSED), account(authserv_id="")).sender.proven is False


def test_e01_a_forged_sender_with_a_right_address_proves_nothing_and_a_copy_is_nobody():
    heard = said(mail(to=reply_to(17), cc="evil@luar.example", reply_to="evil@luar.example",
                      authentication_results="mx.kota.example; dmarc=fail header.from=warga.example"))  # fmt: skip
    assert (heard.token, heard.sender.address, heard.sender.proven, heard.contacts) == (
        "17",
        "ani@warga.example",
        False,
        (),
    )


def test_e02_somebody_elses_mail_to_a_cases_address_comes_from_that_somebody():
    words = {
        "from_": "Layanan <no-reply@toko.example>", "to": reply_to(17), "subject": "Confirm your account",
        "authentication_results": "mx.kota.example; dmarc=pass header.from=toko.example",
    }  # fmt: skip
    heard = said(mail("https://toko.example/confirm?x", **words))
    assert (heard.sender.address, heard.name) == ("no-reply@toko.example", "Layanan")
    assert one(mail("x", auto_submitted="auto-generated", **words)).why == "auto_reply"


# ---- what is no person's ----


@pytest.mark.parametrize(("headers", "why"), [
    ({"auto_submitted": "auto-replied"}, "auto_reply"),
    ({"auto_submitted": "auto-generated; x=y"}, "auto_reply"),
    ({"precedence": "auto_reply"}, "auto_reply"),
    ({"precedence": "bulk"}, "bulk"),
    ({"x_autoreply": "yes"}, "auto_reply"),
    ({"x_autorespond": "liburan"}, "auto_reply"),
    ({"x_loop": "laporan@kota.example"}, "loop"),
    ({"return_path": "<>"}, "null_path"),
    ({"list_id": "<kabar.toko.example>", "list_unsubscribe": "<mailto:x@toko.example>"}, "bulk"),
    ({"from_": "MAILER-DAEMON@mx.warga.example"}, "postmaster"),
    ({"from_": "Tanggap <laporan@kota.example>"}, "own"),
    ({"from_": bounce_to()}, "own"),
    ({"x_tanggap_reference": "letter-3"}, "own"),
    ({"message_id": f"<{address.message_id(CITY, 42)}>"}, "own"),
])  # fmt: skip
def test_e12_e13_machines_loops_and_ourselves_are_never_a_report(headers, why):
    heard = one(mail(**headers))
    assert (type(heard), heard.why) == (Ignored, why)


def test_a_mail_that_goes_round_and_round_is_a_loop():
    raw = b"Received: from a by b\r\n" * 60 + mail()
    assert one(raw).why == "loop"


def test_a_persons_mail_that_says_no_machine_wrote_it_is_a_persons():
    assert isinstance(one(mail(auto_submitted="no")), Submission)


def test_a_list_where_people_write_is_for_a_person_to_judge():
    heard = one(
        mail(list_id="<rt05.warga.example>", list_post="<mailto:rt05@warga.example>", precedence="list")
    )
    assert (type(heard), heard.why) == (Unreadable, "list")


def test_what_is_encrypted_is_for_a_person():
    for kind in ("multipart/encrypted; boundary=x", "application/pkcs7-mime; smime-type=enveloped-data"):
        heard = one(mail("--x\r\n\r\nhai", content_type=kind))
        assert (type(heard), heard.why) == (Unreadable, "encrypted")


# ---- words to the machine alone ----


@pytest.mark.parametrize(("subject", "body", "verb", "argument"), [
    ("BERHENTI", "", STOP, ""),
    ("Re: Laporan Anda", "Stop.", STOP, ""),
    ("", "bantuan", HELP, ""),
    ("Status JK2611240007", "", STATUS, "JK2611240007"),
    ("status", "STATUS JK2611240007", STATUS, "JK2611240007"),
])  # fmt: skip
def test_a_single_word_is_a_command(subject, body, verb, argument):
    answering = {"in_reply_to": "<dua@kota.example>"} if subject.startswith(("Re", "status")) else {}
    heard = one(mail(body, subject=subject, **answering))
    assert (type(heard), heard.verb, heard.argument, heard.sender.address) == (
        Command,
        verb,
        argument,
        "ani@warga.example",
    )


def test_stopping_by_the_letters_own_button_names_its_report():
    heard = one(mail("", subject="BERHENTI", to=reply_to(17)))
    assert (heard.verb, heard.argument) == (STOP, "17")


@pytest.mark.parametrize(
    ("subject", "body"),
    [("Jalan rusak", "Help!"), ("Stop kontak", "rusak"), ("Berhenti", "membuang sampah di kali")],
)
def test_words_that_say_more_are_words(subject, body):
    assert isinstance(one(mail(body, subject=subject)), Submission)
