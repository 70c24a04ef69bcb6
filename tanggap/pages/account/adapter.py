"""Officers are invited, never signed up: the only accounts are those an administrator made."""

from allauth.account.adapter import DefaultAccountAdapter


class OfficersOnly(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False
