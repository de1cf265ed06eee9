"""Every table, so that the metadata is whole wherever one is imported."""

from plugin.store.tables.accounts import ApiAnswer, ApiToken, SignInAttempt, UserAccount, UserSession
from plugin.store.tables.base import Base
from plugin.store.tables.content import Brand, StoredPicture, TemplateDraft, TemplateInUse, TemplateVersion
from plugin.store.tables.crm import (
    Connection,
    CrmOwner,
    CrmPipeline,
    CrmStage,
    Deal,
    DealContact,
    ErasedContact,
    FormerContact,
    SyncPosition,
    SyncRun,
)
from plugin.store.tables.history import CohortSnapshot, DealChange, DealStanding, Derivation, StageMoveFact
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
from plugin.store.tables.outbox import ConnectionSecret, CrmEvent, OutboxMessage, OwnMove, UsedLaunch
from plugin.store.tables.privacy import ConnectionBasis, ErasedName, PersonBasis, RetentionRule
from plugin.store.tables.recaps import LinkVisit, Recap, RecapLine
from plugin.store.tables.records import AuditEntry
from plugin.store.tables.reports import ReportRule, SavedView, Trial
from plugin.store.tables.touchpoints import Touchpoint

__all__ = [
    "ApiAnswer",
    "ApiToken",
    "AuditEntry",
    "Base",
    "Brand",
    "BuyerWords",
    "CohortSnapshot",
    "Connection",
    "ConnectionBasis",
    "ConnectionSecret",
    "CrmEvent",
    "CrmOwner",
    "CrmPipeline",
    "CrmStage",
    "Deal",
    "DealChange",
    "DealContact",
    "DealStanding",
    "Derivation",
    "ErasedContact",
    "ErasedName",
    "FollowUp",
    "FormerContact",
    "KitChoice",
    "LinkVisit",
    "LogDraft",
    "Meeting",
    "MeetingAttendee",
    "MeetingLog",
    "OutboxMessage",
    "OwnMove",
    "PersonBasis",
    "PlanStep",
    "Recap",
    "RecapLine",
    "ReportRule",
    "RetentionRule",
    "SavedView",
    "SignInAttempt",
    "StageMoveFact",
    "StoredPicture",
    "SyncPosition",
    "SyncRun",
    "TemplateDraft",
    "TemplateInUse",
    "TemplateVersion",
    "Touchpoint",
    "Trial",
    "UsedLaunch",
    "UserAccount",
    "UserSession",
]
