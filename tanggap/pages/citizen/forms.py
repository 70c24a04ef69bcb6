"""The citizen's form: one page, three steps. What was typed comes back whole, whatever was wrong with it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap.channels.base import Contact
from tanggap.door import SHORT_LIMIT, WORDS_LIMIT
from tanggap.lib import geo, phone
from tanggap.lib.text import clean
from tanggap.models import Category, City, Reference, Report
from tanggap.triage.classify import Guess, classify
from tanggap.web.uploads import PhotosField
from tanggap.web.words import number

KEPT = 200_000  # signs of a field that come back after an error; more is no sentence any more
CONTACT_LIMIT = 200
GUESSED_FROM = 2_000  # signs that the hints read while somebody is typing
OTHER = "other"
CHIPS = 4


def typed(post: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The form's own fields, storable and showable; fields that are not ours are left behind."""
    return {name: clean(post.get(name, ""), KEPT) for name in names}


class Words(forms.CharField):
    """Words as typed. No sign is refused (they were made clean before); too many are an error, never cut
    off."""

    def __init__(self, most: int, **more: Any) -> None:
        super().__init__(**{"required": False, "strip": False, **more})
        self.most = most
        self.validators = []

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.most:
            said = ngettext(
                "That is %(length)s sign; at most %(most)s fit. Please shorten it.",
                "That is %(length)s signs; at most %(most)s fit. Please shorten it.",
                len(value),
            )
            raise ValidationError(
                said % {"length": number(len(value)), "most": number(self.most)}, code="long"
            )


class ReportForm(forms.Form):
    """`found` after validation: point, category code, contact."""

    use_required_attribute = False

    photos = PhotosField(label=lazy("Photos"))
    place = Words(
        SHORT_LIMIT, label=lazy("Address or landmark"),
        help_text=lazy("Name what is near: a stop, a shop, a school"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    lat = forms.CharField(required=False, label=lazy("Point on the map"), widget=forms.HiddenInput)
    lon = forms.CharField(required=False, widget=forms.HiddenInput)
    words = Words(WORDS_LIMIT, label=lazy("What is the problem?"), widget=forms.Textarea(attrs={"rows": 4}))
    category = forms.CharField(
        required=False, label=lazy("What is it about?"), widget=forms.RadioSelect,
        help_text=lazy("We guess from your words. Guessing wrong does no harm."),
    )  # fmt: skip
    other = forms.CharField(required=False, label=lazy("All kinds of problems"), widget=forms.Select)
    visibility = forms.CharField(required=False, label=lazy("Who may see it?"), widget=forms.RadioSelect)
    contact = forms.CharField(
        required=False, label=lazy("Where shall we send the news?"),
        help_text=lazy("A mobile number, WhatsApp, or an e-mail address. Officers do not see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )  # fmt: skip

    NAMES = ("place", "lat", "lon", "words", "category", "other", "visibility", "contact")

    def __init__(self, post: Mapping[str, str] | None = None) -> None:
        told = typed(post or {}, self.NAMES)
        if not told["visibility"]:
            told["visibility"] = City.get().value("default_visibility", Report.PRIVATE)
        if told["other"] and told["category"] in ("", OTHER):
            told["category"] = OTHER
        super().__init__(told)
        self.data: dict[str, str] = told
        self.point: tuple[float, float] | None = None
        self.contacts: tuple[Contact, ...] = ()
        for name in ("category", "lat", "lon", "visibility", "other", "contact"):
            self.fields[name].validators = []  # no sign of theirs needs an error of its own

    def draw(self) -> "ReportForm":
        """Fill in the choices. Only a page that shows the form pays for them: a report that is taken does
        not."""
        self.fields["category"].widget.choices = self.chips()
        self.fields["other"].widget.choices = all_kinds()
        self.fields["visibility"].widget.choices = [
            (Report.PRIVATE, _("Private")),
            (Report.PUBLIC, _("Public")),
            (Report.SECRET, _("Secret")),
        ]
        return self

    # ---- what it is about ----

    @property
    def chosen(self) -> str:
        """The code the citizen chose: from the full list, else the chip; "" where we shall guess."""
        if self.data["category"] in ("", OTHER):
            return self.data["other"]
        return self.data["category"]

    def guess(self) -> Guess:
        return classify(f"{self.data['words']} {self.data['place']}"[:GUESSED_FROM])

    def chips(self) -> list[tuple[str, str]]:
        """The kinds worth a finger: the chosen one, what the words say, then the first kinds of the first
        groups."""
        guess = self.guess()
        known = usable()
        first = {row.group_id: row.code for row in reversed(known.values())}
        codes = [self.data["category"], guess.code, guess.second, *reversed(first.values())]
        picked = [code for code in dict.fromkeys(codes) if code in known][:CHIPS]
        if guess.sure and not self.data["category"]:
            self.data["category"] = guess.code
        language = get_language() or "id"
        return [(code, known[code].name(language)) for code in picked] + [(OTHER, _("Something else…"))]

    def clean_category(self) -> str:
        return self.known_kind(self.cleaned_data["category"], OTHER)

    def clean_other(self) -> str:
        return self.known_kind(self.cleaned_data["other"])

    def known_kind(self, code: str, *more: str) -> str:
        if code and code not in more and code not in Reference.get().categories:
            raise ValidationError(_("We do not know this kind. Choose one of the list, or leave it to us."))
        return code

    def clean_visibility(self) -> str:
        if self.cleaned_data["visibility"] not in Report.VISIBILITIES:
            raise ValidationError(_("Choose who may see it."))
        return self.cleaned_data["visibility"]

    # ---- where ----

    def clean(self) -> None:
        """Both numbers of the point, or none. Where on earth it lies is nobody's error: a person looks at
        it."""
        lat, lon = self.data["lat"], self.data["lon"]
        if lat or lon:
            # what can be no latitude was typed the other way round: people and machines mix them up
            self.point = geo.valid_point(lat, lon) or geo.valid_point(lon, lat)
        if (lat or lon) and self.point is None:
            self.add_error(
                "lat", _("This point could not be read. Set it again on the map, or name a landmark.")
            )
            # hidden fields: nobody could mend them, and the next try would fail again
            self.data["lat"] = self.data["lon"] = ""

    def check_something_is_said(self, has_photos: bool) -> None:
        """Words or a photo: with neither there is nothing to work on."""
        if not self.data["words"] and not has_photos:
            self.add_error("words", _("Tell us a little about it, or add a photo."))

    # ---- to whom the news goes ----

    def clean_contact(self) -> str:
        said = self.cleaned_data["contact"]
        if not said:
            return ""
        if len(said) > CONTACT_LIMIT:
            raise ValidationError(_("One number or one address is enough."))
        self.contacts = (contact(said),)
        return said


def contact(said: str) -> Contact:
    """A phone number in E.164 or an e-mail address; raises ValidationError with what to do."""
    if "@" in said:
        try:
            validate_email(said)
        except ValidationError:
            raise ValidationError(
                _("This e-mail address is not complete. For example nama@contoh.id.")
            ) from None
        name, _at, domain = said.rpartition("@")
        return Contact("email", f"{name}@{domain.lower()}")
    try:
        return Contact("phone", phone.parse(said))
    except phone.BadPhone as error:
        sentences = {
            "too_short": _("Some digits are missing. For example 0812-3456-7890."),
            "too_long": _("That is too many digits. For example 0812-3456-7890."),
            "not_a_number": _("This is no phone number and no e-mail address. For example 0812-3456-7890."),
        }
        raise ValidationError(sentences[error.code]) from None


def usable() -> dict[str, Category]:
    """The kinds that may still be chosen, by the order of their groups."""
    rows = [row for row in Reference.get().categories.values() if row.valid_to is None]
    return {row.code: row for row in sorted(rows, key=lambda row: (row.group.position, row.id))}


def all_kinds() -> list[Any]:
    """The full list for the select, in groups."""
    language = get_language() or "id"
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, row in usable().items():
        name = row.group.name_en if language == "en" else row.group.name_id
        groups.setdefault(name, []).append((code, row.name(language)))
    return [("", _("We shall guess it")), *groups.items()]


MESSAGE_LIMIT = 4_000
WRONG = {
    "not_done": lazy("Nothing has been done at all"),
    "partly": lazy("Only a part of it"),
    "again": lazy("It was done, but is broken again"),
    "elsewhere": lazy("The photo is not of this place"),
}


class KeptForm(forms.Form):
    """A form whose fields come back whole: its data is made clean before it is looked at."""

    use_required_attribute = False
    NAMES: tuple[str, ...] = ()

    def __init__(self, post: Mapping[str, str] | None = None) -> None:
        super().__init__(typed(post, self.NAMES) if post is not None else None)


class AnswerForm(KeptForm):
    """What a reporter adds later."""

    NAMES = ("words",)
    words = Words(
        MESSAGE_LIMIT, label=lazy("Ask the officers, or add something"),
        help_text=lazy("Officers don't see your name and number."), widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    photos = PhotosField(label=lazy("Photos"))

    def clean_words(self) -> str:
        if not self.cleaned_data["words"]:
            raise ValidationError(_("Write a few words."))
        return self.cleaned_data["words"]


class YesForm(KeptForm):
    """It is fixed; marks may be left out."""

    NAMES = ("stars",)
    stars = forms.CharField(
        required=False, label=lazy("If yes, how well was it done?"), widget=forms.RadioSelect(choices=())
    )

    def clean_stars(self) -> int | None:
        said = self.cleaned_data["stars"]
        if said and said not in "12345":
            raise ValidationError(_("Choose one to five stars, or none."))
        return int(said) if said else None


class NotYetForm(KeptForm):
    """It is not fixed: what is still wrong, in a choice and words."""

    NAMES = ("wrong", "words")
    wrong = forms.CharField(required=False, label=lazy("What is still wrong?"), widget=forms.RadioSelect)
    words = Words(MESSAGE_LIMIT, label=lazy("Tell us"), widget=forms.Textarea(attrs={"rows": 3}))
    photos = PhotosField(label=lazy("Photo of how it is now"))

    def __init__(self, post: Mapping[str, str] | None = None) -> None:
        super().__init__(post)
        self.fields["wrong"].widget.choices = list(WRONG.items())

    def clean_wrong(self) -> str:
        said = self.cleaned_data["wrong"]
        if said and said not in WRONG:
            raise ValidationError(_("Choose one of the list, or tell us in words."))
        return said

    @property
    def said(self) -> str:
        """The choice and the words as one message to the officers."""
        chosen = WRONG.get(self.cleaned_data["wrong"])
        return ". ".join(filter(None, [str(chosen) if chosen else "", self.cleaned_data["words"]]))


class AppealForm(KeptForm):
    """banding: why the ending is not accepted."""

    NAMES = ("words",)
    LEAST = 10
    words = Words(
        MESSAGE_LIMIT, label=lazy("Why don't you agree?"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=lazy("Another reviewer reads everything from the start, and your words first."),
    )  # fmt: skip

    def clean_words(self) -> str:
        if len(self.cleaned_data["words"]) < self.LEAST:
            raise ValidationError(_("Tell us in a sentence why."))
        return self.cleaned_data["words"]


class LookupForm(KeptForm):
    """A number, and for its reporter the secret code."""

    NAMES = ("number", "code")
    number = forms.CharField(
        required=False, label=lazy("Number of the report"), widget=forms.TextInput(attrs={
            "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip
    code = forms.CharField(
        required=False, label=lazy("Secret code"), widget=forms.TextInput(attrs={
            "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=lazy("Sixteen letters and digits at the end of your secret link or on your receipt."),
    )  # fmt: skip

    def __init__(self, post: Mapping[str, str] | None = None) -> None:
        super().__init__(post)
        for name in self.NAMES:
            self.fields[name].validators = []

    def clean_number(self) -> str:
        said = "".join(self.cleaned_data["number"].split()).upper()
        if not said or len(said) > 40 or "/" in said:
            raise ValidationError(_("Type the number as it stands on your screen, SMS or receipt."))
        return said
