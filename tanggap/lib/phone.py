"""Telephone numbers as people write them."""

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult


class BadPhone(ValueError):
    """`code` is too_short, too_long or not_a_number."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def parse(text: str, region: str = "ID") -> str:
    """The number in E.164 ("+6281234567890"). Raises BadPhone.

    Only length and shape are judged: new prefixes are given out faster than anybody's table of them learns.
    """
    try:
        number = phonenumbers.parse((text or "")[:60], region)
    except phonenumbers.NumberParseException as error:
        if error.error_type in (error.TOO_SHORT_NSN, error.TOO_SHORT_AFTER_IDD):
            raise BadPhone("too_short") from None
        raise BadPhone("too_long" if _digits(text) > 17 else "not_a_number") from None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason in (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        raise BadPhone("too_short")
    if reason == ValidationResult.TOO_LONG:
        raise BadPhone("too_long")
    if reason != ValidationResult.IS_POSSIBLE:
        raise BadPhone("not_a_number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def masked(e164: str) -> str:
    """What may be shown: enough for the owner to recognise it, too little to call.

    >>> masked("+6281234567890")
    '0812-****-7890'
    """
    home = e164.startswith("+62")
    shown = "0" + e164[3:] if home else e164
    if len(shown) < 9:
        return "****"
    return f"{shown[:4] if home else shown[:3]}-****-{shown[-4:]}"


def _digits(text: str) -> int:
    return sum(sign.isdigit() for sign in text or "")
