"""Signs counted, split and read."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tanggap.channels.sms import alphabet
from tanggap.channels.sms.alphabet import UCS2, NoText, code, decode, encode_gsm, plain


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("a" * 160, [160]),
        ("a" * 161, [153, 8]),
        ("a" * 306, [153, 153]),
        ("a" * 307, [153, 153, 1]),
        ("€" * 80, [160]),
        ("a" + "€" * 80, [153, 8]),
        ("a" * 152 + "€" * 5, [152, 10]),
        ("", [0]),
    ],
)
def test_gsm_parts_hold_160_alone_and_153_beside_others_and_cut_no_sign(text, lengths):
    assert [len(part) for part in code(text).parts] == lengths


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("á" * 70, [70]),
        ("á" * 71, [67, 4]),
        ("😀" * 35, [70]),
        ("😀" * 36, [66, 6]),
        ("á" * 66 + "😀" * 3, [66, 6]),
    ],
)
def test_ucs2_parts_hold_70_alone_and_67_beside_others_and_cut_no_pair(text, lengths):
    found = code(text)
    assert (found.coding, [len(part) // 2 for part in found.parts]) == (UCS2, lengths)
    assert "".join(part.decode("utf-16-be") for part in found.parts) == text


@pytest.mark.parametrize(
    ("sign", "coding"),
    [("é", 0), ("à", 0), ("ñ", 0), ("Ü", 0), ("[", 0), ("á", 8), ("ç", 8), ("😀", 8), ("ā", 8)],
)
def test_which_signs_make_a_letter_dear(sign, coding):
    assert code(f"Laporan {sign}").coding == coding


def test_typographic_signs_stay_in_gsm_and_say_the_same():
    text = plain("Laporan “Jl. Pluit” – sudah selesai… Lihat → tautan • terima\u00a0kasih")
    assert (code(text).coding, text) == (
        0,
        'Laporan "Jl. Pluit" - sudah selesai... Lihat -> tautan - terima kasih',
    )


@pytest.mark.parametrize("name", ["Ágnes", "Nguyễn Văn", "Þóra", "Łukasz", "Zoë", "Đỗ"])
def test_a_name_is_never_made_plainer(name):
    assert plain(name) == name


def test_a_letter_with_a_mark_behind_it_is_put_together():
    assert code(plain("Re\u0301mi")).coding == 0


@given(some.text(max_size=700))
def test_what_is_split_reads_the_same_again(text):
    text = text.encode("utf-8", "replace").decode()
    found = code(text)
    assert decode(b"".join(found.parts), found.coding) == text
    most = 160 if found.coding == 0 else 140
    assert all(len(part) <= most for part in found.parts)


@given(some.binary(max_size=200), some.integers(0, 255))
def test_no_bytes_whatever_break_the_reader(data, coding):
    with contextlib.suppress(NoText):
        assert isinstance(decode(data, coding), str)


@pytest.mark.parametrize(
    ("data", "coding", "words"),
    [
        (b"Jl. Pluit", 0x00, "Jl. Pluit"),
        (encode_gsm("Jl. [Pluit] @ 5€"), 0x00, "Jl. [Pluit] @ 5€"),
        (b"\x1b", 0x00, ""),
        (b"\x1bz", 0x00, "z"),
        (b"banjir", 0x01, "banjir"),
        ("café".encode("latin-1"), 0x03, "café"),
        ("banjir ā".encode("utf-16-be"), 0x08, "banjir ā"),
        ("banjir".encode("utf-16-be") + b"\x00", 0x08, "banjir\ufffd"),
        ("banjir".encode("utf-16-be"), 0x18, "banjir"),
        ("banjir".encode("utf-16-be"), 0xE0, "banjir"),
        (b"kilat", 0x10, "kilat"),
        (b"kilat", 0xF0, "kilat"),
        ("日".encode("shift_jis"), 0x05, "日"),
        ("한".encode("euc_kr"), 0x0E, "한"),
        (b"\xff\xfe", 0x09, "ÿþ"),
    ],
)
def test_every_coding_is_read(data, coding, words):
    assert decode(data, coding) == words


@pytest.mark.parametrize("coding", [0x02, 0x04, 0x14, 0xF4, 0xF5])
def test_bytes_for_a_program_are_no_words(coding):
    with pytest.raises(NoText):
        decode(b"\x06\x05\x04", coding)


def test_an_exchange_whose_default_is_latin_1():
    assert (decode(b"caf\xe9", 0x00, "latin-1"), decode(b"a@b", 0x00, "latin-1")) == ("café", "a@b")
    assert code("é [ok]", "latin-1").parts == ("é [ok]".encode("latin-1"),)
    assert code("5€", "latin-1").coding == alphabet.UCS2
