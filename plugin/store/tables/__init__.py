"""Every table, so that the metadata is whole wherever one is imported."""

from plugin.store.tables.accounts import SignInAttempt, UserAccount, UserSession
from plugin.store.tables.base import Base
from plugin.store.tables.content import Brand, StoredPicture, TemplateDraft, TemplateInUse, TemplateVersion
from plugin.store.tables.crm import (
    Connection,
    CrmOwner,
    CrmPipeline,
    CrmStage,
    Deal,
    DealContact,
    SyncPosition,
    SyncRun,
)
from plugin.store.tables.history import DealStanding, Derivation, StageMoveFact, StagePassage, StageVisit
from plugin.store.tables.meetings import (
    BuyerWords,
    FollowUp,
    KitChoice,
    LogDraft,
    Meeting,
    MeetingAttendee,
    MeetingLog,
    PlanStep,
)
from plugin.store.tables.recaps import LinkVisit, Recap, RecapLine

__all__ = [
    "Base",
    "Brand",
    "BuyerWords",
    "Connection",
    "CrmOwner",
    "CrmPipeline",
    "CrmStage",
    "Deal",
    "DealContact",
    "DealStanding",
    "Derivation",
    "FollowUp",
    "KitChoice",
    "LinkVisit",
    "LogDraft",
    "Meeting",
    "MeetingAttendee",
    "MeetingLog",
    "PlanStep",
    "Recap",
    "RecapLine",
    "SignInAttempt",
    "StageMoveFact",
    "StagePassage",
    "StageVisit",
    "StoredPicture",
    "SyncPosition",
    "SyncRun",
    "TemplateDraft",
    "TemplateInUse",
    "TemplateVersion",
    "UserAccount",
    "UserSession",
]
