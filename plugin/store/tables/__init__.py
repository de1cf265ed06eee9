"""Every table, so that the metadata is whole wherever one is imported."""

from plugin.store.tables.accounts import ApiAnswer, ApiToken, SignInAttempt, UserAccount, UserSession
from plugin.store.tables.actions import Action, ActionReminder
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
from plugin.store.tables.history import (
    CohortSnapshot,
    DealChange,
    DealStanding,
    Derivation,
    StageMoveFact,
    StageReturn,
)
from plugin.store.tables.journeys import JourneyDraft, JourneyInUse, JourneyVersion, StageMeaning
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
from plugin.store.tables.objectives import CompanyGoal, Objective, ObjectiveChange
from plugin.store.tables.outbox import ConnectionSecret, CrmEvent, OutboxMessage, OwnMove, UsedLaunch
from plugin.store.tables.personas import CanvasBelief, PersonaChoice, PersonaSet, StoredPersona
from plugin.store.tables.privacy import ConnectionBasis, ErasedName, PersonBasis, RetentionRule
from plugin.store.tables.recaps import LinkVisit, Recap, RecapLine
from plugin.store.tables.records import AuditEntry
from plugin.store.tables.reports import ReportRule, SavedView, Trial, WeeklyReader
from plugin.store.tables.stage_map import Improvement, MapNote
from plugin.store.tables.touches import Touch, TouchGoal, TouchImport
from plugin.store.tables.touchpoints import Touchpoint

__all__ = [
    "Action",
    "ActionReminder",
    "ApiAnswer",
    "ApiToken",
    "AuditEntry",
    "Base",
    "Brand",
    "BuyerWords",
    "CanvasBelief",
    "CohortSnapshot",
    "CompanyGoal",
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
    "Improvement",
    "JourneyDraft",
    "JourneyInUse",
    "JourneyVersion",
    "KitChoice",
    "LinkVisit",
    "LogDraft",
    "MapNote",
    "Meeting",
    "MeetingAttendee",
    "MeetingLog",
    "Objective",
    "ObjectiveChange",
    "OutboxMessage",
    "OwnMove",
    "PersonBasis",
    "PersonaChoice",
    "PersonaSet",
    "PlanStep",
    "Recap",
    "RecapLine",
    "ReportRule",
    "RetentionRule",
    "SavedView",
    "SignInAttempt",
    "StageMeaning",
    "StageMoveFact",
    "StageReturn",
    "StoredPersona",
    "StoredPicture",
    "SyncPosition",
    "SyncRun",
    "TemplateDraft",
    "TemplateInUse",
    "TemplateVersion",
    "Touch",
    "TouchGoal",
    "TouchImport",
    "Touchpoint",
    "Trial",
    "UsedLaunch",
    "UserAccount",
    "UserSession",
    "WeeklyReader",
]
