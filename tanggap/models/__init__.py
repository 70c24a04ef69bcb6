"""One file per noun. What each means: docs/glossary.md."""

from .agency import Agency, AgencyKind, valid_on
from .area import Area
from .case import Assignment, Case, Circle, Glance, Support
from .category import Category, CategoryGroup
from .channel import ApiKey, Channel
from .channel_state import ChannelState
from .city import City, local_day
from .connection import Connection
from .copy import Copy
from .due import Due
from .event import THE_CLOCK, THE_MACHINE, Actor, Beat, Change, Event, Job, Reaction
from .followup import Finding, FollowUp, Review
from .handover import Handover
from .hook import Hook, HookCall, Refusal
from .inbound import DayNumber, Inbound
from .invitation import Invitation
from .letter import Letter
from .mandate import Mandate
from .notice import Notice, Retention
from .officer import Membership, Officer, Role
from .partner import Partner
from .promise import Clock, Promise
from .reason import Reason, Resolution
from .reference import Reference
from .report import Message, Report
from .reporter import Identity, Reporter
from .task import Task
from .upload import Upload

__all__ = [
    "THE_CLOCK", "THE_MACHINE", "Actor", "Agency", "AgencyKind", "ApiKey", "Area", "Assignment", "Beat", "Case",
    "Category", "CategoryGroup", "Change", "Channel", "ChannelState", "Circle", "City", "Clock", "Connection", "Copy",
    "DayNumber",
    "Due", "Event", "Finding", "FollowUp", "Glance", "Handover", "Hook", "HookCall", "Identity",
    "Inbound", "Invitation", "Job", "Letter",
    "Mandate", "Membership", "Message", "Notice", "Officer", "Partner", "Promise", "Reaction", "Reason",
    "Reference", "Refusal", "Report", "Reporter", "Resolution", "Retention", "Review", "Role", "Support", "Task",
    "Upload",
    "local_day", "valid_on",
]  # fmt: skip
