"""Officer: a person with an account; Membership: a role at an agency, with dates."""

from datetime import date, datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from .city import local_day


class OfficerManager(BaseUserManager):
    def get_by_natural_key(self, username: str) -> "Officer":
        return self.get(username__iexact=username)


class Officer(AbstractBaseUser):
    """The user model. Citizens are never users. `session_version` is part of every session's hash, so that
    raising it (a changed role, a leaver) ends all sessions at their next request."""

    username = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True, default="")
    language = models.CharField(max_length=5, default="id")
    is_active = models.BooleanField(default=True)
    session_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = OfficerManager()

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        salt = "tanggap.officer.session"
        return salted_hmac(salt, f"{self.password}:{self.session_version}", algorithm="sha256").hexdigest()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        salt = "tanggap.officer.session"
        value = f"{self.password}:{self.session_version}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def initials(self) -> str:
        """What colleagues see of who is looking: "SB"."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()


class Role(models.Model):
    code = models.CharField(max_length=30, primary_key=True)
    name_id = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    second_factor = models.BooleanField(default=False)


class MembershipSet(models.QuerySet):
    def current(self, on: date | datetime) -> "MembershipSet":
        day = local_day(on) if isinstance(on, datetime) else on
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class Membership(models.Model):
    DESK, FIELD, WATCHER, TRIAGE, COUNTER, REVIEWER, ARBITER, ADMINISTRATOR, AUDITOR, PARTNER = (
        "desk", "field", "watcher", "triage", "counter", "reviewer", "arbiter", "administrator", "auditor", "partner",
    )  # fmt: skip

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="memberships")
    agency = models.ForeignKey("Agency", models.PROTECT, related_name="memberships")
    role = models.ForeignKey(Role, models.PROTECT)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    # whose work it is during their leave; empty for a role of one's own
    deputy_for = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="deputies")

    objects = MembershipSet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["agency", "role"], name="membership_agency")]

    def holds_on(self, day: date) -> bool:
        """`current`, for a row that is read already."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
