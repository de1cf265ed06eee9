"""Every table, so that the metadata is whole wherever one is imported."""

from plugin.store.tables.accounts import SignInAttempt, UserAccount, UserSession
from plugin.store.tables.base import Base
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
from plugin.store.tables.meetings import BuyerWords, LogDraft, Meeting, MeetingLog

__all__ = [
    "Base",
    "BuyerWords",
    "Connection",
    "CrmOwner",
    "CrmPipeline",
    "CrmStage",
    "Deal",
    "DealContact",
    "DealStanding",
    "Derivation",
    "LogDraft",
    "Meeting",
    "MeetingLog",
    "SignInAttempt",
    "StageMoveFact",
    "StagePassage",
    "StageVisit",
    "SyncPosition",
    "SyncRun",
    "UserAccount",
    "UserSession",
]
