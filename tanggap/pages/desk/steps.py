"""All deeds of the desk by their step, in the order in which a page shows them."""

from .form import Deed
from .handing import Delegate, Divide, Refer, Refuse, RequestTransfer
from .joining import Join, Redact, Reject, Split
from .submitting import Submit
from .talking import Ask, Note, Tell
from .working import Estimate, Pause, Resume, Start

ALL: tuple[type[Deed], ...] = (
    Refer, Delegate, Submit, Start, Resume, Estimate, Ask, Pause, Divide, Join, Split, RequestTransfer, Redact,
    Reject, Refuse, Tell, Note,
)  # fmt: skip
DEEDS = {deed.step: deed for deed in ALL}
# the case's page has a place of its own for words (the reply) and for covering them (beside the words)
ELSEWHERE_ON_PAGE = ("tell", "note", "redact")
GROUP = tuple(step for step in DEEDS if step not in ELSEWHERE_ON_PAGE)
# steps of one family stand as tabs above each other's form
FAMILIES = (("refer", "delegate", "request_transfer", "divide"), ("ask", "tell", "note"))
