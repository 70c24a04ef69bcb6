"""Numbers as people write them."""

import pytest

from tanggap.lib import phone


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0812-3456-7890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("62 812 3456 7890", "+6281234567890"),
        ("(021) 3822 255", "+62213822255"),
        ("+65 6123 4567", "+6561234567"),
        ("٠٨١٢٣٤٥٦٧٨٩٠", "+6281234567890"),
    ],
)
def test_a_number_is_read(written, number):
    assert phone.parse(written) == number


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "not_a_number"),
        (None, "not_a_number"),
        ("tidak ada", "not_a_number"),
        ("081", "too_short"),
        ("0812 3456 7890 1234 567", "too_long"),
        ("8" * 50, "too_long"),
        ("a\x00", "not_a_number"),
    ],
)
def test_a_bad_number_says_why(written, code):
    with pytest.raises(phone.BadPhone) as refused:
        phone.parse(written)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+6281234567890", "0812-****-7890"),
        ("+6561234567", "+65-****-4567"),
        ("", "****"),
        ("+62812", "****"),
    ],
)
def test_a_number_is_masked(number, shown):
    assert phone.masked(number) == shown
