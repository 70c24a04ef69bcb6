"""Lives that are written down instead of drawn: the ping-pong of a park by a reservoir in 2023, and cases that
make sure that the present has something of everything."""

from datetime import datetime, timedelta

from tanggap.demo import words as w
from tanggap.demo.life import SLOT, Days, Life
from tanggap.models import Agency
from tanggap.routing import actions as routing

PONG_WORDS = (
    "Kafe tanpa izin berdiri di Taman Waduk Pluit, bangunan liar di atas taman. Pengunjung membuang sampah ke waduk "
    "dan musiknya sampai malam."
)
PONG_POINT = (-6.110388, 106.783166)
# share of the whole time, by whom, deed, to whom: the press report's eight days and at least seven hand-overs
PONG = (
    (0.03, "", "refer", "dinas-tamhut"),
    (0.14, "dinas-tamhut", "delegate", "sudin-tamhut-utara"),
    (0.36, "sudin-tamhut-utara", "refuse", "dinas-tamhut"),
    (0.40, "dinas-tamhut", "transfer", "badan-bpad"),
    (0.46, "", "divide", "badan-bpbumd"),
    (0.68, "badan-bpad", "transfer", "dinas-sda"),
    (0.80, "dinas-sda", "delegate", "sudin-sda-utara"),
    (0.90, "sudin-sda-utara", "refuse", "dinas-sda"),
)  # fmt: skip


def pong_possible(agencies: dict[str, Agency]) -> bool:
    return all(code in agencies for _at, who, _deed, to in PONG for code in (who, to) if code)


def pong(until: datetime):
    """The ping-pong, squeezed into the time that is left. It waits for the arbiter in the end."""

    def script(life: Life) -> Days:
        agencies, began = life.world.known.agencies, life.story.at
        now = yield from life.placed(began + SLOT)
        if now is None:
            return
        home = life.fresh().holder
        for share, who, deed, to in PONG:
            at = life.opened(began + (until - began) * share)
            now = yield max(at, now + SLOT)
            yield from step(life, now, agencies[who] if who else home, deed, agencies[to])

    return script


def step(life: Life, now: datetime, giver: Agency, deed: str, taker: Agency) -> Days:
    """One row of the ping-pong; a transfer is answered an hour later."""
    desk, case_id = life.staff.desk(giver), life.story.case_id
    if deed == "transfer":
        task = life.do(routing.request_transfer, case_id, taker, by=desk, now=now, note=life.voice.pick(w.WHY_MOVED),
                       reason=life.stage.reasons["transfer"][0])  # fmt: skip
        if task is not None:
            now = yield now + timedelta(hours=1)
            approver = life.staff.city("reviewer")
            life.do(routing.answer_transfer, task.id, approve=True, by=approver, now=now)
    elif deed == "refuse":
        life.do(routing.refuse, case_id, by=desk, now=now, reason=life.stage.reasons["refuse"][0],
                note="Lahan dan penertiban bukan wewenang kami.")  # fmt: skip
    elif deed == "divide":
        matter = "Periksa status lahan dan izin pemanfaatannya"
        life.do(routing.divide, case_id, taker, matter, by=desk, now=now)
    else:
        hand_over = {"refer": routing.refer, "delegate": routing.delegate}[deed]
        life.do(hand_over, case_id, taker, by=desk, now=now, note=WITH_WORDS[deed])


WITH_WORDS = {
    "refer": "Lokasi di dalam taman, mohon ditindaklanjuti.",
    "delegate": "Mohon dicek dan ditindaklanjuti.",
}


# hours before the present, and what of the life is fixed: each leaves another kind of open end
ENDINGS: tuple[tuple[float, dict], ...] = (
    (58, {"resolution": "unproven", "word": "contest", "judged": False, "pace": 0.3, "send_back": False, "hops": 1,
          "ask_more": False, "estimate": False, "never": False, "pause": False}),
    (52, {"resolution": "fixed", "word": "contest", "pace": 0.3, "send_back": False, "hops": 2, "never": False,
          "ask_more": False, "pause": False}),
    (30, {"hops": 3, "transfer": True, "unanswered": True, "pace": 0.5}),
    (26, {"hops": 1, "ask_more": True, "answer": False, "pace": 0.3}),
    (22, {"hops": 1, "ask_more": True, "answer": True, "pace": 0.3, "never": False}),
    (34, {"hops": 2, "send_back": True, "pace": 0.35, "never": False, "ask_more": False}),
    (30, {"hops": 1, "pause": True, "pace": 0.4, "never": False, "ask_more": False}),
    (40, {"hops": 1, "estimate": True, "pace": 0.5, "never": False, "ask_more": False}),
    (9, {"hops": 3, "transfer": True, "unanswered": True, "pace": 0.2}),
    # fresh on the desk of the kelurahan that a visitor logs in to
    *((hours, {"untouched": True}) for hours in (0.4, 1.6, 3.1, 4.9, 7.5, 19.0, 25.0)),
    # at the branch and the company a visitor logs in to: not begun, and begun
    *((hours, {"hops": 2, "at": "branch", "never": True, "ask_more": False, "estimate": False, "pace": 0.15})
      for hours in (11.0, 18.0, 27.0, 33.0)),
    *((hours, {"hops": 2, "at": "branch", "unfinished": True, "never": False, "ask_more": False, "pace": 0.2})
      for hours in (36.0, 45.0)),
    *((hours, {"hops": 2, "at": "company", "never": True, "ask_more": False, "pace": 0.2})
      for hours in (21.0, 38.0)),
    # for the triage desk: the place named by its district only, words that say nothing, both
    (1.1, {"unsettled": True, "place": "vague"}), (2.3, {"unsettled": True, "place": "vague"}),
    (3.6, {"unsettled": True, "words": "Tolong segera ditindaklanjuti ya, sudah lama begini tidak berubah."}),
    (0.7, {"unsettled": True, "words": "Mohon perhatian untuk lingkungan kami, keadaannya makin parah."}),
    (5.2, {"unsettled": True, "place": "vague", "words": "Sama seperti yang dulu, mohon dicek lagi lokasinya."}),
)  # fmt: skip
