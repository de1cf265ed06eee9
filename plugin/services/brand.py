"""How the company looks in front of its buyers: one colour, a theme for its slides, a logo."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.library.meeting import Picture
from plugin.services.shelf import keep_picture
from plugin.store.queries.content import BrandLine, PictureLine, find_brand, find_pictures
from plugin.store.tables import Brand

COLOUR = re.compile(r"#[0-9a-f]{6}")
OURS = "#0f5e63"
WHITE, BLACK = "#ffffff", "#101314"
# Large text and graphics against what they stand on: WCAG 2.2, 1.4.11.
LEAST_CONTRAST = 3.0
LEAST_ON_BLACK = 6.0


class Theme(StrEnum):
    """What a slide's ground is: white paper, the dark, or the company's colour."""

    PAPER = "paper"
    NIGHT = "night"
    COLOUR = "colour"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as ``#rrggbb``; ``on_accent`` is the text that can be read on the accent."""

    accent: str
    on_accent: str


def palette_of(brand: BrandLine | None) -> Palette:
    """The colours of the slides. In the dark the accent is made paler, until it can be seen there."""
    accent = brand.accent if brand else OURS
    while brand and brand.theme == Theme.NIGHT and contrast(accent, BLACK) < LEAST_ON_BLACK:
        accent = _paler(accent)
    return Palette(accent, max((WHITE, BLACK), key=lambda ink: contrast(accent, ink)))


def accent_fault(accent: str) -> str | None:
    """Why a colour can't be the accent: ``format`` or ``pale`` (it can't be seen on white paper); None where it can."""
    if not COLOUR.fullmatch(accent):
        return "format"
    return "pale" if contrast(accent, WHITE) < LEAST_CONTRAST else None


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def change_brand(session: Session, accent: str, theme: Theme, now: datetime) -> None:
    """Store a colour that was checked, and a theme."""
    brand = _row(session, now)
    brand.accent, brand.theme, brand.changed_at = accent, theme.value, now


def change_logo(session: Session, logo: Picture | None, now: datetime) -> None:
    """Put a logo that was checked in place of the one before; None takes it away."""
    brand = _row(session, now)
    if logo:
        keep_picture(session, logo.digest, logo.media_type, logo.data, now)
    brand.logo, brand.changed_at = logo.digest if logo else None, now


def logo_of(session: Session) -> PictureLine | None:
    brand = find_brand(session)
    return find_pictures(session, [brand.logo]).get(brand.logo) if brand and brand.logo else None


def _row(session: Session, now: datetime) -> Brand:
    brand = session.scalar(select(Brand))
    if brand is None:
        brand = Brand(accent=OURS, theme=Theme.PAPER.value, changed_at=now)
        session.add(brand)
    return brand


def _paler(colour: str) -> str:
    """A step of a twelfth towards white."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{part + -(-(255 - part) // 12):02x}" for part in parts)


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
