"""Signs, writings, lengths and words that programs trip over."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product


def signs() -> Iterator[str]:
    """Control signs, halves of characters and non-characters, alone and inside of a word."""
    numbers = [
        *range(0x20),
        *range(0x7F, 0xA0),
        0xD800,
        0xDBFF,
        0xDC00,
        0xDFFF,
        0xFDD0,
        0xFFFE,
        0xFFFF,
        0x1FFFE,
        0x10FFFF,
    ]
    for sign in map(chr, numbers):
        yield from (sign, f"be{sign}tween", f"{sign}before", f"behind{sign}", f"<b{sign}onload=alert(1)>")
    yield from ("\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\x00" * 20, "\ud83d alone", "\ude00\ud83d the wrong way")


def directions() -> Iterator[str]:
    """Signs that nobody sees: they turn, join, part or hide what stands beside them."""
    unseen = (
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2065),
        *range(0x2066, 0x206A),
        0xAD,
        0xFEFF,
    )
    unseen += (0x61C, 0x180E, 0x34F, 0xFE0F, 0xE0001, 0xE0041)
    for sign in map(chr, unseen):
        yield from (f"word{sign}word", f"{sign}fdp.exe", f"<{sign}script>", f"java{sign}script:alert(1)")
    spaces = (0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0x3164, 0x2800)
    yield from (f"25{chr(space)}000{chr(space)}€" for space in spaces)


def scripts() -> Iterator[str]:
    """Other writings, emoji made of several, and marks heaped upon letters."""
    yield from ("👩‍💻", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽", "🇫🇷🇬🇧", "1️⃣", "❤️‍🔥", "\U0001fae8 new", "🫱🏿‍🫲🏻")
    yield from (
        "مرحبا بالعالم",
        "שלום עולם",
        "می‌خواهم",
        "नमस्ते",
        "ภาษาไทย",
        "日本語テキスト",
        "中文字符",
        "한국어",
        "Ελληνικά",
    )
    yield from (
        "Ⅷ①½",
        "ﷺ",
        "ﬁ ﬂ",
        "İiIı",
        "ẞß",
        "Œuvre à 25 % : « déjà »",
        "ǆ",
        "𝕬𝖇𝖈",
        "Å vs Å vs Å",
        "\U000f0000 private",
    )
    marks = ("\u0301", "\u0336", "\u0489", "\u20dd", "\u0e47", "\u0315\u031b\u0340")
    for mark, times in product(marks, (1, 50, 300)):
        yield f"e{mark * times}nd"


def lengths() -> Iterator[str]:
    """Words and lines without an end."""
    for piece, times in product(
        ("x", "W", "é", "😀", "\u200d", "<", "&", '"', "a ", "a\n", "\t", "- ", "> ", "[", "|"), (300, 1_900)
    ):
        yield (piece * times)[:1_900] + "!"


def values() -> Iterator[str]:
    """What some language takes for nothing, for a truth or for a number."""
    yield from (
        "null",
        "NULL",
        "nil",
        "None",
        "undefined",
        "NaN",
        "true",
        "False",
        "yes",
        "no",
        "on",
        "off",
        "N/A",
        "#REF!",
    )
    yield from (
        "constructor",
        "__proto__",
        "toString",
        "hasOwnProperty",
        "length",
        "self",
        "this",
        "new",
        "[object Object]",
    )
    yield from (
        "0",
        "-0",
        "00",
        "1e309",
        "-1e309",
        "1e-400",
        "Infinity",
        "-Infinity",
        "0x7fffffff",
        "2147483648",
        "1/0",
        "0b1",
    )
    yield from (
        "9" * 25,
        "-" + "9" * 20,
        "1.0.0",
        "1,000.00",
        "1 000,00",
        "٣",
        "²",
        "①",
        "1_000",
        "1" * 400,
        "4294967296",
    )
    yield from ("2026-02-30", "0000-00-00", "9999-12-31T23:59:60Z", "24:00", "-1", "", " ", "\n", "\t \n")
