"""Texts that want to be more than text: code, markup, links, formulas, paths, queries, headers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

CALLS = ("alert(1)", "alert`1`", "top['al'+'ert'](1)", "&#97;lert(1)", "window.hit=1", "%61lert(1)")
SCHEMES = ("javascript:", "JaVaScRiPt:", "java\tscript:", "\x01javascript:", "&#106;avascript:", "vbscript:", "file://")
DATA = ("data:text/html,<script>alert(1)</script>", "data:image/svg+xml;base64,PHN2Zy8+", "blob:x", "//evil.example/")


def elements() -> Iterator[str]:
    """Tags that run, load or change something, in many spellings."""
    tags = ("script", "img", "svg", "iframe", "style", "object", "embed", "math", "video", "form", "base", "link", "a")
    attributes = (
        "onload={}",
        "onerror='{}' src=x",
        'onmouseover="{}" style="position:fixed;inset:0"',
        "src=javascript:{}",
        "href='javascript:{}'",
        "/onfocus={} autofocus tabindex=1",
    )
    for tag, attribute, call in product(tags, attributes, CALLS[:4]):
        yield f"<{tag} {attribute.format(call)}>"
    yield from (
        f"<{tag}>{call}</{tag}>" for tag, call in product(("script", "SCRIPT", "scr<script>ipt", "style"), CALLS)
    )


def ways_out() -> Iterator[str]:
    """Out of the place that a template puts a text into, and on with something that runs."""
    closings = (
        *('"', "'", "`", '">', "'>", '" ', "' ", "-->", "]]>", "*/", "//", "</title>", "</textarea>", "</select>"),
        *(
            "</option>",
            "</script>",
            "</style>",
            "</template>",
            "</noscript>",
            "</datalist>",
            "</legend>",
            '\\"',
            "&quot;>",
        ),
    )
    goings_on = (
        "<script>{}</script>",
        "onfocus={} autofocus x=",
        "<svg/onload={}>",
        ";{};//",
        "<img src=x onerror={}>",
    )
    for closing, going_on, call in product(closings, goings_on, CALLS[:3]):
        yield f"{closing}{going_on.format(call)}"


def markdown() -> Iterator[str]:
    """Markdown that would turn into HTML, links, pictures and blocks."""
    links = ("[x]({})", "[x](<{}>)", "<{}>", "![x]({})", '[x]({} "t")', "[x][y]\n\n[y]: {}", "[![x]({0})]({0})")
    addresses = [f"{scheme}{call}" for scheme, call in product(SCHEMES, CALLS[:4])] + list(DATA)
    yield from (link.format(address) for link, address in product(links, addresses))
    marks = ("# {}", "> {}", "- {}", "1. {}", "| {} |\n|---|\n| {} |", "```{}\n{}\n```", "    {}", "**{}**", "~~{}~~")
    marks += ("{}\n===", "---\n{}", "::: column\n{}\n:::", "`{}`", "\\{}", "<!-- {} -->", "<{}", "&{};", "* * *{}")
    yield from (mark.replace("{}", call) for mark, call in product(marks, (*CALLS[:3], "<b>x</b>")))


def braces() -> Iterator[str]:
    """What templates, formats and shells would fill in."""
    wraps = (
        "{{{{{}}}}}",
        "{{{{ {} | safe }}}}",
        "{{% {} %}}",
        "{{# {} #}}",
        "${{{}}}",
        "#{{{}}}",
        "<%= {} %>",
        "{{{}}}",
    )
    wraps += ("%({})s", "$({})", "`{}`", "[[{}]]", "@({})", "{{{{{{{}}}}}}}")
    names = (
        "7*7",
        "config",
        "company",
        "answer_3",
        "self.__init__.__globals__",
        "request.application",
        "0",
        "",
        "a.b[0]",
    )
    yield from (wrap.format(name) for wrap, name in product(wraps, names))
    yield from (
        "%s%s%s%n",
        "%d",
        "%%",
        "%",
        "{0.__class__}",
        "{:>9999999}",
        "{{",
        "}}",
        "{%",
        "%}",
        "%(",
        "{{{{company}}",
    )


def formulas() -> Iterator[str]:
    """What a spreadsheet would reckon."""
    starts = ("=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "'=", '"=', ";=", ",=", "\ufeff=", "＝", "=+-@")
    bodies = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example","x")', 'DDE("a";"b")', "SUM(A1:A9)")
    yield from (f"{start}{body}" for start, body in product(starts, bodies))


def places() -> Iterator[str]:
    """Paths and commands that lead elsewhere."""
    ups = ("../", "..\\", "..%2f", "%2e%2e/", "....//", "..%c0%af", "/", "\\\\evil\\", "C:\\", "file:///", "~/")
    files = ("etc/passwd", "windows/win.ini", "etc/passwd%00.png", "proc/self/environ", "CON", "x" * 100)
    yield from (f"{up * times}{file}" for up, times, file in product(ups, (1, 6), files))
    yield from (
        "; ls -la",
        "| cat /etc/passwd",
        "$(reboot)",
        "`id`",
        "&& dir",
        "\n/bin/sh",
        "--help",
        "-rf",
        ".",
        "..",
        "...",
    )


def queries() -> Iterator[str]:
    quotes = ("'", '"', "`", "')", "\\'", "%27", "ʼ", "$$")
    tails = (
        " OR 1=1 --",
        "; DROP TABLE deal; --",
        " UNION SELECT * FROM user_account #",
        "||pg_sleep(9)--",
        "%",
        "_",
        "*/",
    )
    yield from (f"x{quote}{tail}" for quote, tail in product(quotes, tails))
    yield from ("%", "_", "%_%", "\\", "\\%", "[a-z]*", "' '", "''''", "NULL'--")


def markup() -> Iterator[str]:
    """XML, YAML and CSV where they are special, and what begins a line of a header."""
    yield from (
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
        "<![CDATA[<script>alert(1)</script>]]>",
        "]]>",
    )
    yield from (
        "<?xml version='1.0'?>",
        "<?php echo 1 ?>",
        "&amp;&lt;&#0;&#x0;&#xD800;&#1114112;",
        "&nosuch;",
        "&lt;script&gt;",
    )
    yield from (
        "<a:t>x</a:t>",
        "</a:t></a:r>",
        "<p:sp/>",
        "_x0000_",
        "_x000D_",
        "_x005F_",
        "<w:p>",
        "{\\rtf1}",
        "%PDF-1.7",
    )
    for sign, text in product(
        (": ", "- ", "? ", "&a ", "*a", "!!python/object:os.system ", "|", ">", "%", "@", "#", "{", "[", "~"), ("x", "")
    ):
        yield f"{sign}{text}"
    yield from (f"a{mark}b" for mark in (",", ";", '"', '""', '","', "\t", "\r\n", "\n", '"\n"', ",,,,", '";"', "|"))
    names = (
        "Set-Cookie: a=b",
        "Location: http://evil.example",
        "Content-Length: 0",
        "\r\n<script>alert(1)</script>",
        "Bcc: x@evil.example",
    )
    yield from (
        f"x{end}{name}" for end, name in product(("\r\n", "\n", "\r", "%0d%0a", "\u2028", "\x85", "嘊嘍"), names)
    )
