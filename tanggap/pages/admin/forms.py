"""Forms of the administrator. Each ends with a reason: it stands in the history."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tanggap.models import AgencyKind, Area, Membership, Officer, Partner, Reference, Role
from tanggap.pages.desk.agencies import by_name
from tanggap.people.actions import REASON_LIMIT
from tanggap.people.partners import MOST_A_DAY
from tanggap.people.rules import STEPS
from tanggap.reply.lines import MOST_A_DAY as MOST_LETTERS

REFUSALS = {
    "own": gettext_lazy("Not for yourself: another administrator changes your roles."),
    "twice": gettext_lazy("This is held already in these days."),
    "ended": gettext_lazy("This has ended already."),
    "reason_missing": gettext_lazy("Say why, in five letters at least. It stands in the history."),
    "closed": gettext_lazy("This account is closed. Open it again first."),
    "not_closed": gettext_lazy("This account is open already."),
    "name_taken": gettext_lazy("Somebody has this user name already."),
    "name_missing": gettext_lazy("Write the name."),
    "no_email": gettext_lazy("The account has no e-mail address. Write it down first."),
    "days": gettext_lazy("The end comes after the beginning."),
    "days_past": gettext_lazy("This day is over. Choose today or a later one."),
    "leave_long": gettext_lazy("A leave lasts a year at most."),
    "deputy_self": gettext_lazy("Nobody stands in for themselves."),
    "deputy_nothing": gettext_lazy("Nothing to stand in for: no role is held in these days."),
    "no_second": gettext_lazy("The second step is off already."),
    "same": gettext_lazy("Nothing is different."),
    "code_taken": gettext_lazy("An agency has this code already."),
    "holds_cases": gettext_lazy("It still holds open cases. Hand them over first, or choose a later day."),
    "last_office": gettext_lazy("It is the only office of its area: nobody would hear what is said there."),
    "circle": gettext_lazy("An agency can't stand above itself."),
    "step": gettext_lazy("This step or this role is not known."),
    "partner": gettext_lazy("A partner is written down on its own page, and nothing is handed to it."),
    "partner_role": gettext_lazy("The role of a partner is held at a partner, and no other role is."),
    "both": gettext_lazy(
        "An account is an officer's or one partner's, never both. Make another account for it."
    ),
    "kind": gettext_lazy("Choose the kind of partner."),
    "quota": gettext_lazy("At least 1 and at most 1,000 reports a day."),
    "not_ended": gettext_lazy("It has not ended."),
    "silent": gettext_lazy("This channel has no line to the outside: nothing to switch."),
    "letters": gettext_lazy("At least 0 and at most 1,000,000 letters a day; empty: no limit."),
}
# why a change stays: shown where the button would stand, and when two were faster
NOT_UNDONE = {
    "moved_on": gettext_lazy("Something has changed since. Look at the latest lines, and change it anew."),
    "undone": gettext_lazy("It has been undone already."),
    "is_undo": gettext_lazy("It is an undoing itself. Do the deed anew instead."),
    "in_use": gettext_lazy("It is in use: it holds open cases, or officers work there."),
    "account": gettext_lazy("An account stays: the history points to it. Close it instead."),
    "link": gettext_lazy("The letter is out. A new invitation makes the old link void."),
    "password": gettext_lazy("An old password can't be put back."),
    "second_step": gettext_lazy("A second step is set up by its officer alone."),
    "connection": gettext_lazy("An account elsewhere is connected by its officer alone."),
    "other": gettext_lazy("It came from a file or a machine. Change it there."),
}
BLAMED = {"reason_missing": "reason", "name_taken": "username", "name_missing": "name", "days": "ends",
          "days_past": "ends", "leave_long": "ends", "code_taken": "code", "deputy_self": "deputy",
          "partner_role": "role", "both": "agency", "quota": "quota", "letters": "letters"}  # fmt: skip


def blame(form: forms.Form, code: str) -> None:
    """The refusal of a deed, beside the field it is about."""
    field = BLAMED.get(code)
    form.add_error(field if field in form.fields else None, str(REFUSALS.get(code) or NOT_UNDONE[code]))


def english() -> bool:
    return get_language() == "en"


def day_field(label: Any, hint: Any = "", *, needed: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=hint, required=needed, widget=widget)


class Reasoned(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=REASON_LIMIT, required=False,
        help_text=gettext_lazy("It stands in the history."),
    )  # fmt: skip
    field_order: list[str] | None = None

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "reason"])


AGENCY_HINT = gettext_lazy("Type its name, or enough of it.")


def agency_of(words: str, *, partners: bool = False) -> Any:
    found = by_name(words, partners=partners)
    if found is None:
        raise forms.ValidationError(_("No single office bears this name. Type more of it."))
    return found


class NewRole(Reasoned):
    agency = forms.CharField(label=gettext_lazy("Agency"), max_length=120, help_text=AGENCY_HINT)
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    begins = day_field(gettext_lazy("Begins on"), gettext_lazy("Empty: today."))
    ends = day_field(
        gettext_lazy("Ends on"), gettext_lazy("From this day it no longer holds. Empty: open end.")
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.roles = {row.code: row for row in Role.objects.order_by("code")}
        names = [(code, row.name_en if english() else row.name_id) for code, row in self.roles.items()]
        self.fields["role"].choices = names

    def clean_agency(self) -> Any:
        return agency_of(self.cleaned_data["agency"], partners=True)


class EndRole(Reasoned):
    ends = day_field(gettext_lazy("Ends on"), gettext_lazy("Empty: today, at once."))


class StandIn(Reasoned):
    deputy = forms.CharField(
        label=gettext_lazy("Who stands in"), max_length=80, help_text=gettext_lazy("The deputy's user name."),
    )  # fmt: skip
    begins = day_field(gettext_lazy("Begins on"), needed=True)
    ends = day_field(
        gettext_lazy("Back on"), gettext_lazy("The first day of work after the leave."), needed=True
    )

    def clean_deputy(self) -> Officer:
        found = Officer.objects.filter(username__iexact=self.cleaned_data["deputy"]).first()
        if found is None:
            raise forms.ValidationError(_("Nobody has this user name."))
        return found


class Corrected(Reasoned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of pages and letters"), choices=settings.LANGUAGES
    )


class NewPerson(NewRole):
    username = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]*$", label=gettext_lazy("User name"), max_length=80,
        help_text=gettext_lazy("Small letters, digits and . _ - : it never changes."),
        error_messages={"invalid": gettext_lazy("Small letters, digits and . _ - only.")},
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), max_length=254,
        help_text=gettext_lazy("The invitation goes there. The link in it works once, for seven days."),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("Language of pages and letters"), choices=settings.LANGUAGES
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.order_fields(["username", "name", "email", "language"])


# ---- rules ----


class Kinds:
    """Agency kinds as choices."""

    @staticmethod
    def all() -> dict[str, AgencyKind]:
        """Kinds of offices: a partner is none."""
        rows = AgencyKind.objects.exclude(code=AgencyKind.PARTNER)
        return {row.code: row for row in rows.order_by("name_id")}

    @staticmethod
    def named(rows: dict[str, AgencyKind]) -> list[tuple[str, str]]:
        return [(code, row.name_en if english() else row.name_id) for code, row in rows.items()]


class AgencyForm(Reasoned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    short = forms.CharField(label=gettext_lazy("Short name"), max_length=60, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=200, required=False)
    parent = forms.CharField(
        label=gettext_lazy("Under"), max_length=120, required=False, help_text=AGENCY_HINT
    )
    begins = day_field(gettext_lazy("Begins on"), needed=True)
    ends = day_field(
        gettext_lazy("Ends on"), gettext_lazy("From this day nobody hands it anything. Empty: open end.")
    )

    def clean_parent(self) -> Any:
        words = self.cleaned_data["parent"]
        return agency_of(words) if words else None


class NewAgency(AgencyForm):
    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]*$", label=gettext_lazy("Code"), max_length=40,
        help_text=gettext_lazy("Small letters, digits and . _ - : it never changes."),
        error_messages={"invalid": gettext_lazy("Small letters, digits and . _ - only.")},
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields.pop("ends")
        self.kinds = Kinds.all()
        self.fields["kind"].choices = Kinds.named(self.kinds)
        self.order_fields(["code", "kind"])


STEP_NAMES = {"refer": gettext_lazy("refer"), "delegate": gettext_lazy("delegate"), "transfer": gettext_lazy("move"),
              "return": gettext_lazy("hand back")}  # fmt: skip


class NewHandover(Reasoned):
    giver = forms.ChoiceField(label=gettext_lazy("From"))
    step = forms.ChoiceField(label=gettext_lazy("Step"), choices=[(step, STEP_NAMES[step]) for step in STEPS])
    taker = forms.ChoiceField(label=gettext_lazy("To"))
    own_unit = forms.BooleanField(label=gettext_lazy("Only to own units"), required=False)
    approval_role = forms.ChoiceField(label=gettext_lazy("Approved by"), required=False)
    legal = forms.CharField(label=gettext_lazy("Legal basis"), max_length=200)
    begins = day_field(gettext_lazy("Begins on"), needed=True)
    ends = day_field(
        gettext_lazy("Ends on"), gettext_lazy("From this day it no longer holds. Empty: open end.")
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.kinds = Kinds.all()
        self.fields["giver"].choices = self.fields["taker"].choices = Kinds.named(self.kinds)
        roles = [
            (row.code, row.name_en if english() else row.name_id)
            for row in Role.objects.exclude(code=Membership.PARTNER).order_by("code")
        ]
        self.fields["approval_role"].choices = [("", _("nobody")), *roles]


class EndRule(Reasoned):
    ends = day_field(gettext_lazy("Ends on"), gettext_lazy("From this day it no longer holds."), needed=True)


# ---- partners ----

PARTNER_KINDS = {
    Partner.RT_RW: gettext_lazy("RT or RW head"),
    Partner.NGO: gettext_lazy("Non-governmental organisation"),
    Partner.COMPANY: gettext_lazy("Company"),
}


class PartnerForm(Reasoned):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120,
        help_text=gettext_lazy("As citizens read it: “Ketua RT 05 RW 03 Pluit”. No person's name."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind of partner"), choices=list(PARTNER_KINDS.items()))
    quota = forms.IntegerField(
        label=gettext_lazy("Reports a day, at most"), min_value=1, max_value=MOST_A_DAY,
        help_text=gettext_lazy("All its accounts together, from midnight to midnight."),
    )  # fmt: skip
    area = forms.CharField(
        label=gettext_lazy("At home in"), max_length=100, required=False,
        help_text=gettext_lazy("Its kelurahan, kecamatan or kota. Empty: the whole city."),
    )  # fmt: skip
    contact = forms.CharField(
        label=gettext_lazy("How the city reaches it"), max_length=200, required=False,
        help_text=gettext_lazy("Telephone or e-mail address of the organisation."),
    )  # fmt: skip

    def clean_area(self) -> Area | None:
        words = self.cleaned_data["area"]
        return area_of(words) if words else None


def area_of(words: str) -> Area:
    """By its name, or by its code where two bear the same."""
    wanted = words.strip().lower()
    rows = [row for row in Reference.get().areas.values() if wanted in (row.name.lower(), row.code.lower())]
    if len(rows) != 1:
        raise forms.ValidationError(
            _("No area bears this name, or several do: %(codes)s.") % {"codes": ", ".join(row.code for row in rows)}
            if rows else _("No area bears this name.")
        )  # fmt: skip
    return rows[0]


class NewPartner(PartnerForm):
    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]*$", label=gettext_lazy("Code"), max_length=40,
        help_text=gettext_lazy("Small letters, digits and . _ - : it never changes."),
        error_messages={"invalid": gettext_lazy("Small letters, digits and . _ - only.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.order_fields(["name", "code"])


class DailyLetters(Reasoned):
    letters = forms.IntegerField(
        label=gettext_lazy("Letters a day, at most"), required=False, min_value=0, max_value=MOST_LETTERS,
        help_text=gettext_lazy("Empty: no limit. 0: nothing goes. What is over waits for six in the morning."),
        error_messages=dict.fromkeys(("min_value", "max_value", "invalid"), REFUSALS["letters"]),
    )  # fmt: skip
