"""The words of a mail, of every kind that programs write."""

import base64
import time

import pytest

from tanggap.channels.email import words
from tests.channels.email.letters import mail, parts, said

PLAIN = "Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = "Content-Type: text/html; charset=utf-8\r\n\r\n"


def test_subject_and_words_of_a_first_mail_are_both_said():
    heard = said(mail("Di depan pasar, sudah tiga malam.\r\n"))
    assert (heard.words, heard.name, heard.sender.address, heard.notes) == (
        "Lampu jalan\n\nDi depan pasar, sudah tiga malam.",
        "Ani Lestari",
        "ani@warga.example",
        (),
    )


def test_a_subject_that_the_words_begin_with_is_said_once():
    assert said(mail("Lampu jalan mati di depan pasar.")).words == "Lampu jalan mati di depan pasar."


def test_a_mail_without_words_says_so():
    heard = said(mail("\r\n", subject=None))
    assert (heard.words, heard.notes) == ("", ("no_text",))


@pytest.mark.parametrize("given", [
    ("=?utf-8?q?Selokan_mampet_=E2=80=94_banjir?=", "Selokan mampet — banjir"),
    ("=?UTF-8?B?" + base64.b64encode(b"Jalan berlubang").decode() + "?=", "Jalan berlubang"),
    ("=?iso-8859-1?Q?Caf=E9_di_trotoar?=", "Café di trotoar"),
    ("=?nosuch-8?q?Sampah?= menumpuk", "Sampah menumpuk"),
    ("=?utf-8?b?a?=", "=?utf-8?b?a?="),
    ("Pohon tumbang ⚠", "Pohon tumbang ⚠"),
])  # fmt: skip
def test_subjects_are_read_as_meant(given):
    assert said(mail("x", subject=given[0])).words == f"{given[1]}\n\nx"


@pytest.mark.parametrize(("charset", "data", "told", "note"), [
    ("utf-8", "Jalan é".encode(), "Jalan é", False),
    ("nosuch-8", "Jalan é".encode(), "Jalan é", True),
    ("utf-8", "Jalan “rusak”".encode("cp1252"), "Jalan “rusak”", True),
    ("us-ascii", "Jalan “rusak”".encode("cp1252"), "Jalan “rusak”", False),
    ("gb2312", "道路损坏".encode("gb18030"), "道路损坏", False),
    ("windows-1258", "Đường hỏng".encode("cp1258", "ignore"), "Đưng hng", False),
    ("iso-2022-jp", "道路が壊れた".encode("iso-2022-jp"), "道路が壊れた", False),
    ("zlib", b"Jalan rusak", "Jalan rusak", True),
    ("punycode", b"Jalan rusak", "Jalan rusak", True),
    ("", "Jalan “rusak”".encode("cp1252"), "Jalan “rusak”", False),
    ("utf-8", b"Jalan \x81\xff rusak", "Jalan \ufffd\ufffd rusak", True),
    ("utf-8", b"Jalan\x00 rusak\x07", "Jalan rusak", False),
])  # fmt: skip
def test_e17_broken_charsets_are_repaired_and_the_raw_words_stay(charset, data, told, note):
    raw = mail(data, content_type=f'text/plain; charset="{charset}"', subject=None)
    heard = said(raw)
    assert (heard.words, "charset" in heard.notes, heard.body) == (told, note, raw)


@pytest.mark.parametrize(("encoding", "data"), [
    ("base64", base64.encodebytes(b"Jalan rusak parah")),
    ("base64", base64.encodebytes(b"Jalan rusak parah").rstrip(b"=\n")),
    ("base64", b"SmFs!!YW4gcn*VzYWsgcGFyYWg="),
    ("quoted-printable", b"Jalan=20rusak =\r\nparah"),
    ("quoted-printable; x=1", b"Jalan rusak parah=ZZ"),
    ("8bit", b"Jalan rusak parah"),
    ("no-such-way", b"Jalan rusak parah"),
    ("x-uuencode", b"begin 644 x\r\n12F%L86X@<G5S86L@<&%R86@ \r\n \r\nend\r\n"),
])  # fmt: skip
def test_each_way_of_packing_words_is_unpacked(encoding, data):
    heard = said(mail(data, content_transfer_encoding=encoding, subject=None))
    assert heard.words.startswith("Jalan rusak para")


def test_the_plain_version_is_taken_where_it_is_one():
    heard = said(parts(PLAIN + "Pohon tumbang.", HTML + "<p>Pohon <b>tumbang</b>.</p>", kind="alternative"))
    assert heard.words == "Lampu jalan\n\nPohon tumbang."


def test_a_plain_version_that_says_nothing_gives_way_to_the_html():
    rich = "<p>" + "Pohon besar tumbang menutup jalan. " * 5 + "</p>"
    heard = said(parts(PLAIN + "Surat ini HTML.", HTML + rich, kind="alternative", subject=None))
    assert heard.words.startswith("Pohon besar tumbang menutup jalan.")


def test_html_becomes_plain_words_with_its_lines():
    rich = (
        "<style>p{x}</style><div>Satu&nbsp;dua</div><ul><li>tiga<li>empat</ul><table><tr><td>a<td>b</table>"
    )
    assert said(mail(rich, content_type="text/html", subject=None)).words == "Satu dua\n\ntiga\nempat\n\na b"


@pytest.mark.parametrize("rich", [
    "<scr<script>ipt>//</script>Jalan rusak",
    "Jalan rusak<svg onload=alert(1)><text>hm</text></svg>",
    "<form action=//evil.example><input name=pin>sandi</form>Jalan rusak",
    "<meta http-equiv=refresh content='0;url=//evil.example'>Jalan rusak",
    "<style>@import '//evil.example/x.css'</style>Jalan rusak",
    "<p onmouseover=\"alert('evil')\" style='background:url(//evil.example/p.png)'>Jalan rusak</p>",
    "<img src='//evil.example/p.png' alt=''>Jalan rusak",
    "<a href='javascript:alert(1)'>Jalan rusak</a>",
    "<!-- evil --><![CDATA[evil]]><?php evil ?>Jalan rusak",
    "<![if !supportLists]>Jalan rusak<![endif]><!--[if mso]>evil<![endif]-->",
    "<!--[if mso]><b>evil</b><![endif]--><!--[if !mso]><!-->Jalan rusak<!--<![endif]-->",
    "<template>evil</template><iframe srcdoc='evil'>evil</iframe>Jalan rusak",
])  # fmt: skip
def test_e19_nothing_of_html_but_its_words_comes_in(rich):
    heard = said(mail(rich, content_type="text/html; charset=utf-8", subject=None))
    assert "Jalan rusak" in heard.words
    for bad in ("alert", "evil", "onload", "javascript", "url(", "sandi", "<"):
        assert bad not in heard.words


@pytest.mark.parametrize("broken", [
    "<![x[", "<!DOCTYPE x [<!ELEMENT y (z)><!w", "<!", "<?", "<", "</", "<!--", "<![CDATA[", "&#x110000;",
    "&#99999999999;",
    "<p" * 2000, "<div>" * 5000, "</b>" * 5000, "<a href=" * 500,
], ids=range(14))  # fmt: skip
def test_html_that_parsers_give_up_on_still_has_its_words(broken):
    assert (
        "Jalan rusak"
        in said(mail(f"<p>Jalan rusak</p>{broken}", content_type="text/html", subject=None)).words
    )


def test_flowed_lines_are_put_together():
    heard = said(mail("Lampu jalan \r\nmati di depan \r\npasar.\r\nTolong.\r\n",
                      content_type="text/plain; charset=utf-8; format=flowed", subject=None))  # fmt: skip
    assert heard.words == "Lampu jalan mati di depan pasar.\nTolong."


def test_long_words_are_cut_with_a_note():
    heard = said(mail("kata " * 5000, subject=None))
    assert (len(heard.words) <= words.MOST_WORDS, heard.notes) == (True, ("truncated",))


ANSWERS = [
    ("Sudah diperbaiki, terima kasih.\n\nPada Sel, 24 Nov 2026 pukul 09.12 Tanggap <laporan@kota.example> menulis:\n"
     "> Apakah lampu sudah menyala?\n> Salam", "Sudah diperbaiki, terima kasih."),
    ("Belum.\n\nOn Tue, Nov 24, 2026 at 9:12 AM Tanggap <laporan@kota.example>\nwrote:\n\n> Sudah?\n", "Belum."),
    ("Belum.\n\nDari: Tanggap <laporan@kota.example>\nDikirim: Selasa, 24 November 2026 09.12\nKepada: Ani\n"
     "Perihal: Laporan\n\nApakah sudah?", "Belum."),
    ("Belum.\n\n-----Pesan Asli-----\nApakah sudah?", "Belum."),
    ("Belum.\n\n________________________________\nFrom: Tanggap\nSent: Tuesday\nTo: Ani\n\nSudah?", "Belum."),
    ("Pada 24 Nov 2026, Tanggap menulis:\n> Di mana?\nDi depan pasar.\n> Kapan?\nTadi malam.",
     "Di depan pasar.\nTadi malam."),
    ("Belum\n\nDikirim dari iPhone saya", "Belum"),
    ("> Sudah?\n\nBelum.", "Belum."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), ANSWERS, ids=range(len(ANSWERS)))
def test_what_an_answer_quotes_is_cut_off(text, told):
    heard = said(mail(text.replace("\n", "\r\n"), subject="Re: Laporan", in_reply_to="<dua@kota.example>"))
    assert heard.words == told


def test_what_an_answer_in_html_quotes_is_cut_off():
    rich = "<div>Belum menyala.</div><div class='gmail_quote'>Tanggap menulis:<blockquote>Sudah?</blockquote></div>"
    heard = said(mail(rich, content_type="text/html", in_reply_to="<dua@kota.example>"))
    assert heard.words == "Belum menyala."


def test_a_mail_that_is_sent_on_keeps_what_it_carries():
    text = "-----Pesan Asli-----\r\nDari: Pak RT <rt@warga.example>\r\nKepada: Ani\r\n\r\nSelokan mampet."
    assert "Selokan mampet." in said(mail(text, subject="Fwd: Selokan")).words


def test_an_answer_that_is_nothing_but_a_quotation_stays_whole():
    assert said(mail("> Selokan mampet\r\n", in_reply_to="<dua@kota.example>")).words == "> Selokan mampet"


@pytest.mark.parametrize("text", [
    "http://" + "a" * 50_000, ">" * 100_000, "kata" * 50_000, "On " * 30_000, "Pada " * 20_000 + "menulis:",
    "Dari: x\n" * 5_000, "_" * 60_000, "\n" * 100_000, "> " * 50_000, "mail " * 20_000, " \n" * 50_000,
    "-- \n" * 10_000, "This e-mail is confidential " * 2_000,
], ids=range(13))  # fmt: skip
def test_e24_no_words_take_long_to_be_looked_through(text):
    start = time.process_time()
    said(mail(text, in_reply_to="<dua@kota.example>", subject="Re: x"))
    assert time.process_time() - start < 1
