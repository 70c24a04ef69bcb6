"""Refusals in the shape of the standard: a list of {code, description}.

404 for what does not exist (or may not be known), 403 for a key, 400 for the rest; the code may be finer.
Nothing a caller sent is repeated in a description.
"""

from collections.abc import Iterable

from django.http import HttpResponse
from django.utils.translation import gettext as _

from tanggap.api.open311.formats import respond

RETRY_SECONDS = 15


class Problem(Exception):
    """`errors` are descriptions, each with its own code where that is finer than the status."""

    status = 400
    retry_seconds = 0

    def __init__(self, *errors: str | tuple[int, str]):
        super().__init__(self.status)
        self.errors = [error if isinstance(error, tuple) else (self.status, error) for error in errors]

    def answer(self, form: str) -> HttpResponse:
        rows = [{"code": code, "description": description} for code, description in self.errors]
        response = respond("errors", rows, form, self.status)
        if self.retry_seconds:
            response["Retry-After"] = str(self.retry_seconds)
        return response


class NoKey(Problem):
    status = 403


class Unknown(Problem):
    status = 404

    def __init__(self, *errors: str | tuple[int, str]):
        super().__init__(*(errors or (_("There is nothing at this address, or it isn't public."),)))


class WrongMethod(Problem):
    status = 405

    def __init__(self, methods: Iterable[str]):
        self.methods = tuple(methods)
        super().__init__(_("This address takes %(methods)s only.") % {"methods": ", ".join(self.methods)})

    def answer(self, form: str) -> HttpResponse:
        response = super().answer(form)
        response["Allow"] = ", ".join(self.methods)
        return response


class TooOften(Problem):
    status = 429

    def __init__(self, seconds: int):
        self.retry_seconds = seconds
        super().__init__(
            _("This key has sent too many reports within the hour. Nothing was stored; try again later.")
        )


class Away(Problem):
    """Nothing can be stored or read now: worth another try."""

    status = 503
    retry_seconds = RETRY_SECONDS

    def __init__(self) -> None:
        super().__init__(_("We can't take anything for a moment. Nothing was stored; send it again."))


class OurFault(Problem):
    status = 500

    def __init__(self, reference: str):
        super().__init__(_("Something went wrong on our side (%(reference)s).") % {"reference": reference})
