"""What may go wrong with a copy: each one sentence that says what to do."""


class CopyError(Exception):
    """One sentence for whoever started it."""


class StoreAway(CopyError):
    """The place of the copies can't be reached, read or written."""


class NotThere(StoreAway):
    """An object that should be in the store is not."""


class NoRoom(CopyError):
    """A disk is full, or would be."""


class Busy(CopyError):
    """Another copy is being made."""


class BadKey(CopyError):
    """A key that is none, or the wrong one."""


class Damaged(CopyError):
    """What is stored is not what was written."""


class NotEmpty(CopyError):
    """A restore would overwrite something."""


class WrongSecrets(CopyError):
    """The environment's secrets are not those of the copied city."""
