"""What comes over SMPP 3.4, taken apart by the specification (chapters 3, 4.6, 4.7, 5.3) and without trust.

smpplib makes what we send. Its reader takes a TLV's length from its own table and cuts the last sign off strings
without NUL, so one odd message would break the line and, sent again, break it again.
"""

import struct
from dataclasses import dataclass, field

HEADER = struct.Struct(">IIII")  # length, command, status, sequence
RESPONSE = 0x8000_0000
NACK, BIND_RECEIVER, BIND_TRANSMITTER = 0x8000_0000, 0x01, 0x02
SUBMIT, DELIVER, UNBIND, BIND_TRANSCEIVER = 0x04, 0x05, 0x06, 0x09
OUTBIND, ENQUIRE, ALERT, DATA = 0x0B, 0x15, 0x102, 0x103
MOST_BYTES = 70_000  # a payload has up to 64 KB; more is no SMPP

RECEIPTED_ID, PAYLOAD, STATE, NETWORK_ERROR = 0x001E, 0x0424, 0x0427, 0x0423
SAR_REF, SAR_TOTAL, SAR_SEQ = 0x020C, 0x020E, 0x020F
KINDS, RECEIPT, HAS_HEADER = 0x3C, 0x04, 0x40  # of esm_class
CONCAT8, CONCAT16, PORT8, PORT16 = 0x00, 0x08, 0x04, 0x05  # elements of a user data header


class Broken(ValueError):
    """No message can be read from it."""


@dataclass(frozen=True)
class Pdu:
    """One PDU; `raw` is all of it, its header too."""

    command: int
    status: int
    sequence: int
    raw: bytes = field(repr=False)

    @property
    def is_answer(self) -> bool:
        return bool(self.command & RESPONSE)


@dataclass(frozen=True)
class Part:
    """The place of a part in a long message."""

    ref: str
    total: int
    seq: int


@dataclass(frozen=True)
class Short:
    """A short message. `raw` is the PDU without its sequence number: the same again when it is sent again."""

    source: str
    source_ton: int
    dest: str
    esm: int
    coding: int
    text: bytes = field(repr=False)
    part: Part | None
    to_port: bool
    tlvs: dict[int, bytes] = field(repr=False)
    raw: bytes = field(repr=False)

    @property
    def is_receipt(self) -> bool:
        """By the class or the two TLVs alone: words that look like a receipt may be anybody's."""
        return self.esm & KINDS == RECEIPT or {RECEIPTED_ID, STATE} <= self.tlvs.keys()


class Reader:
    """A place in bytes; whoever reads beyond the end gets Broken."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def octet(self) -> int:
        return self.octets(1)[0]

    def octets(self, count: int) -> bytes:
        found = self.data[self.at : self.at + count]
        if len(found) < count:
            raise Broken("short")
        self.at += count
        return found

    def string(self) -> str:
        end = self.data.find(b"\x00", self.at)
        if end < 0:
            raise Broken("no end of a string")
        found = self.data[self.at : end].decode("latin-1")
        self.at = end + 1
        return found

    def tlvs(self) -> dict[int, bytes]:
        """Those that are whole; the first of a tag counts."""
        found: dict[int, bytes] = {}
        while self.at + 4 <= len(self.data):
            tag, length = struct.unpack_from(">HH", self.data, self.at)
            value = self.data[self.at + 4 : self.at + 4 + length]
            if len(value) < length:
                break
            found.setdefault(tag, value)
            self.at += 4 + length
        return found


def head(raw: bytes) -> Pdu:
    if len(raw) < HEADER.size:
        raise Broken("short")
    _, command, status, sequence = HEADER.unpack_from(raw)
    return Pdu(command, status, sequence, raw)


def unnumbered(raw: bytes) -> bytes:
    """Without the sequence number, which is another one each time."""
    return raw[:12] + bytes(4) + raw[16:]


def message_id(answer: Pdu) -> str:
    """What the exchange calls the message; "" where it doesn't say."""
    return answer.raw[HEADER.size :].split(b"\x00")[0].decode("latin-1")[:64]


def short(raw: bytes) -> Short:
    """A deliver_sm or data_sm. Raises Broken."""
    command = head(raw).command
    if command not in (DELIVER, DATA):
        raise Broken("no message")
    reader = Reader(raw)
    reader.at = HEADER.size
    reader.string()  # service_type
    ton, _ = reader.octet(), reader.octet()
    source = reader.string()
    reader.octets(2)
    dest, esm = reader.string(), reader.octet()
    text = b""
    if command == DELIVER:
        reader.octets(2)  # protocol_id, priority_flag
        reader.string(), reader.string()  # schedule_delivery_time, validity_period
        reader.octets(2)  # registered_delivery, replace_if_present_flag
        coding = reader.octet()
        reader.octet()  # sm_default_msg_id
        text = reader.octets(reader.octet())
    else:
        reader.octet()  # registered_delivery
        coding = reader.octet()
    tlvs = reader.tlvs()
    text = text or tlvs.get(PAYLOAD, b"")
    part, to_port, text = header(esm, text)
    return Short(source, ton, dest, esm, coding, text, part or segment(tlvs), to_port, tlvs, unnumbered(raw))


def header(esm: int, text: bytes) -> tuple[Part | None, bool, bytes]:
    """The user data header before the words: which part it is, and whether it is meant for a program (a port)."""
    if not esm & HAS_HEADER or not text or text[0] >= len(text):
        return None, False, text
    elements, rest = text[1 : 1 + text[0]], text[1 + text[0] :]
    part, to_port, at = None, False, 0
    while at + 2 <= len(elements):
        kind, length = elements[at], elements[at + 1]
        value = elements[at + 2 : at + 2 + length]
        if kind == CONCAT8 and len(value) == 3:
            part = part_of(f"8.{value[0]}", value[1], value[2])
        elif kind == CONCAT16 and len(value) == 4:
            part = part_of(f"16.{value[0] << 8 | value[1]}", value[2], value[3])
        elif kind in (PORT8, PORT16):
            to_port = True
        at += 2 + length
    return part, to_port, rest


def segment(tlvs: dict[int, bytes]) -> Part | None:
    """The same, told by TLVs."""
    ref, total, seq = (
        int.from_bytes(tlvs.get(tag, b"")[-2:], "big") for tag in (SAR_REF, SAR_TOTAL, SAR_SEQ)
    )
    return part_of(f"sar.{ref}", total, seq) if SAR_REF in tlvs else None


def part_of(ref: str, total: int, seq: int) -> Part | None:
    """None for one that is alone, or has no place."""
    return Part(ref, total, seq) if 2 <= total <= 255 and 1 <= seq <= total else None
