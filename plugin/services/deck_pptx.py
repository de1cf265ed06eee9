"""A meeting's slides as a PowerPoint file: real layouts, lists, tables, notes, that somebody can go on working on."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from plugin.library.kit import Kit, KitSlide, included
from plugin.library.meeting import Picture
from plugin.services.brand import Palette, Theme, palette_of
from plugin.services.deck_blocks import (
    Block,
    ColumnsBlock,
    Line,
    PictureBlock,
    Run,
    TableBlock,
    TextBlock,
    blocks_of,
    plain_text,
    writable,
)
from plugin.services.deck_fit import (
    BETWEEN_BLOCKS,
    CELL_MARGIN,
    Area,
    block_height,
    column_width,
    column_widths,
    height_of,
    lines_of,
    row_heights,
    size_for,
)
from plugin.services.deck_layouts import (
    BODY,
    BODY_HEIGHT,
    BODY_TOP,
    BODY_WIDTH,
    FOOT_HEIGHT,
    FOOT_TOP,
    GAP,
    KEPT,
    MARGIN,
    TITLE_AND_TEXT,
    TITLE_HEIGHT,
    TITLE_ONLY,
    TITLE_SLIDE,
    TITLE_TOP,
    TWO_TEXTS,
    new_deck,
    put,
)
from plugin.store.queries.content import BrandLine, PictureLine

BODY_AREA = Area(int(MARGIN), int(BODY_TOP), int(BODY_WIDTH), int(BODY_HEIGHT))
TITLE_SIZES = (32, 28, 24, 20, 16, 12)
ALIGNED = {"left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT}


def pptx_of(
    kit: Kit,
    pictures: Mapping[str, Picture],
    brand: BrandLine | None,
    logo: PictureLine | None,
    subtitle: str,
) -> bytes:
    """The included slides of a kit, with their notes, behind a title slide that says whom it is for (``subtitle``)."""
    theme = Theme(brand.theme) if brand else Theme.PAPER
    writer = _Writer(new_deck(palette_of(brand), theme, kit.language), palette_of(brand), theme, pictures, logo)
    writer.title_slide(kit.title, subtitle)
    for slide in included(kit.slides):
        writer.slide(slide)
    writer.deck.core_properties.title = writable(kit.title)
    file = io.BytesIO()
    writer.deck.save(file)
    return file.getvalue()


class _Writer:
    def __init__(
        self,
        deck: Deck,
        palette: Palette,
        theme: Theme,
        pictures: Mapping[str, Picture],
        logo: PictureLine | None,
    ) -> None:
        self.deck = deck
        self.palette = palette
        self.mark = MSO_THEME_COLOR.TEXT_1 if theme is Theme.COLOUR else MSO_THEME_COLOR.ACCENT_1
        self.pictures = pictures
        self.logo = logo

    def title_slide(self, title: str, subtitle: str) -> None:
        slide = self._new(TITLE_SLIDE)
        slide.shapes.title.text = writable(title)
        slide.placeholders[1].text = writable(subtitle)
        self._bar(slide, Area(int(MARGIN), int(Inches(1.9)), int(Inches(1.2)), int(Inches(0.09))))
        self._foot(slide)

    def slide(self, content: KitSlide) -> None:
        blocks = blocks_of(content.markdown)
        slide = self._new(_layout_for(blocks))
        self._title(slide, writable(content.title))
        bodies = [one for one in slide.placeholders if one.placeholder_format.idx >= BODY]
        bodies = [one for one in bodies if one.placeholder_format.idx < 10]
        self._stack(slide, blocks, BODY_AREA, size_for(blocks, BODY_AREA), bodies)
        for unused in bodies:
            unused._element.getparent().remove(unused._element)
        slide.notes_slide.notes_text_frame.text = plain_text(content.notes_markdown)
        self._foot(slide)

    def _new(self, layout: int) -> Slide:
        return self.deck.slides.add_slide(self.deck.slide_layouts[KEPT.index(layout)])

    def _title(self, slide: Slide, title: str) -> None:
        shape = slide.shapes.title
        shape.text = title
        width, height = int(BODY_WIDTH) - int(Inches(0.3)), int(TITLE_HEIGHT)
        put(shape, int(MARGIN) + int(Inches(0.3)), int(TITLE_TOP), width, height)
        shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        fitting = (size for size in TITLE_SIZES if Pt(lines_of(title, width, size) * size * 1.15) <= height)
        shape.text_frame.paragraphs[0].font.size = Pt(next(fitting, TITLE_SIZES[-1]))
        inset = int(Inches(0.18))
        self._bar(slide, Area(int(MARGIN), int(TITLE_TOP) + inset, int(Inches(0.09)), height - 2 * inset))

    def _stack(self, slide: Slide, blocks: Sequence[Block], area: Area, size: float, bodies: list[Any]) -> None:
        """One block below the other; what is left of the height goes to the pictures."""
        spare = area.height - height_of(blocks, area.width, size)
        shown = sum(isinstance(block, PictureBlock) for block in blocks)
        top = area.top
        for block in blocks:
            height = block_height(block, area.width, size)
            if isinstance(block, PictureBlock):
                height += max(spare // shown, 0)
            height = min(height, max(area.top + area.height - top, int(Pt(8))))
            self._block(slide, block, Area(area.left, top, area.width, height), size, bodies)
            top += height + BETWEEN_BLOCKS

    def _block(self, slide: Slide, block: Block, area: Area, size: float, bodies: list[Any]) -> None:
        match block:
            case TextBlock():
                self._text(slide, block, area, size, bodies)
            case TableBlock():
                self._table(slide, block, area, size)
            case PictureBlock():
                self._picture(slide, block, area)
            case ColumnsBlock():
                width = column_width(block, area.width)
                for place, column in enumerate(block.columns):
                    part = Area(area.left + place * (width + int(GAP)), area.top, width, area.height)
                    self._stack(slide, column, part, size, bodies)

    def _text(self, slide: Slide, block: TextBlock, area: Area, size: float, bodies: list[Any]) -> None:
        """In the layout's own placeholder where one is free."""
        if block.lines[0].quote:
            self._bar(slide, Area(area.left, area.top, int(Inches(0.05)), area.height))
            area = Area(area.left + int(Inches(0.25)), area.top, area.width - int(Inches(0.25)), area.height)
        shape = bodies.pop(0) if bodies else slide.shapes.add_textbox(0, 0, 1, 1)
        put(shape, area.left, area.top, area.width, area.height)
        frame = shape.text_frame
        frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Emu(0)
        for number, line in enumerate(block.lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            self._line(paragraph, line, size)

    def _line(self, paragraph: Any, line: Line, size: float) -> None:
        paragraph.space_after = Pt(size * 0.35)
        _bullet(paragraph, line, size)
        for run in line.runs:
            self._run(paragraph, run, size * (1.15 if line.heading or line.quote else 1), line)

    def _run(self, paragraph: Any, run: Run, size: float, line: Line | None = None) -> None:
        added = paragraph.add_run()
        added.text = run.text
        font = added.font
        font.size = Pt(round(size, 1))
        font.bold = True if run.bold or (line and line.heading) else None
        font.italic = True if run.italic or (line and line.quote) else None
        if run.strike:
            added._r.get_or_add_rPr().set("strike", "sngStrike")
        if run.link:
            added.hyperlink.address = run.link

    def _table(self, slide: Slide, block: TableBlock, area: Area, size: float) -> None:
        widths = column_widths(block, area.width)
        heights = row_heights(block, area.width, size)
        table = slide.shapes.add_table(
            len(block.rows), len(widths), Emu(area.left), Emu(area.top), Emu(area.width), Emu(sum(heights))
        ).table
        table.horz_banding = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Emu(width)
        for row, height in zip(table.rows, heights, strict=True):
            row.height = Emu(height)
        for at, row_of_cells in enumerate(block.rows):
            for place, cell in enumerate(row_of_cells):
                self._cell(table.cell(at, place), cell, size, block.aligned[place], head=at == 0)

    def _cell(self, cell: Any, runs: Sequence[Run], size: float, aligned: str, *, head: bool) -> None:
        cell.margin_left = cell.margin_right = cell.margin_top = cell.margin_bottom = Emu(CELL_MARGIN)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE if head else MSO_ANCHOR.TOP
        cell.fill.solid()
        cell.fill.fore_color.theme_color = self.mark if head else MSO_THEME_COLOR.BACKGROUND_1
        _underline(cell)
        paragraph = cell.text_frame.paragraphs[0]
        paragraph.alignment = ALIGNED.get(aligned, PP_ALIGN.LEFT)
        paragraph.font.size = Pt(size)
        for run in runs:
            self._run(paragraph, run, size)
        for added in paragraph.runs:
            added.font.bold = True if head else added.font.bold
            if not head:
                added.font.color.theme_color = MSO_THEME_COLOR.TEXT_1
            elif self.mark == MSO_THEME_COLOR.ACCENT_1:
                added.font.color.rgb = RGBColor.from_string(self.palette.on_accent[1:].upper())
            else:
                added.font.color.theme_color = MSO_THEME_COLOR.BACKGROUND_1

    def _picture(self, slide: Slide, block: PictureBlock, area: Area) -> None:
        picture = self.pictures.get(block.name)
        if picture is None:
            self._text(slide, TextBlock((Line((Run(block.description),)),)), area, 14, [])
            return
        shape = slide.shapes.add_picture(_portable(picture.data, picture.media_type), Emu(area.left), Emu(area.top))
        _fit_in(shape, area)
        shape._element.nvPicPr.cNvPr.set("descr", block.description)

    def _bar(self, slide: Slide, area: Area) -> None:
        bar = slide.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, Emu(area.left), Emu(area.top), Emu(area.width), Emu(area.height)
        )
        bar.fill.solid()
        bar.fill.fore_color.theme_color = self.mark
        bar.line.fill.background()
        bar.shadow.inherit = False
        bar._element.nvSpPr.cNvPr.set("descr", "")

    def _foot(self, slide: Slide) -> None:
        """The logo, and the number of the slide as PowerPoint counts it."""
        if self.logo:
            foot = Area(int(MARGIN), int(FOOT_TOP), int(Inches(2.5)), int(FOOT_HEIGHT))
            shape = slide.shapes.add_picture(
                _portable(self.logo.data, self.logo.media_type), Emu(foot.left), Emu(foot.top)
            )
            _fit_in(shape, foot, centred=False)
            shape._element.nvPicPr.cNvPr.set("descr", "")
        for holder in slide.slide_layout.placeholders:
            if holder.placeholder_format.type.name == "SLIDE_NUMBER":
                slide.shapes.clone_placeholder(holder)
        for shape in slide.placeholders:
            if shape.placeholder_format.type.name == "SLIDE_NUMBER":
                _count(shape)


def _layout_for(blocks: Sequence[Block]) -> int:
    match blocks:
        case [ColumnsBlock(columns=([TextBlock()], [TextBlock()]))]:
            return TWO_TEXTS
        case _ if any(isinstance(block, TextBlock) for block in blocks):
            return TITLE_AND_TEXT
    return TITLE_ONLY


def _bullet(paragraph: Any, line: Line, size: float) -> None:
    """Said in full, because placeholders bring bullets of their own and text boxes bring none."""
    properties = paragraph._p.get_or_add_pPr()
    indent = int(Pt(size)) if line.bullet else 0
    depth = int(Pt(size)) * line.level + (indent or (int(Pt(size)) if line.level else 0))
    properties.set("marL", str(depth))
    properties.set("indent", str(-indent))
    if not line.bullet:
        kind, attributes = "a:buNone", {}
    elif line.bullet == "•":
        kind, attributes = "a:buChar", {"char": "•"}
    else:
        kind, attributes = "a:buAutoNum", {"type": "arabicPeriod", "startAt": line.bullet.rstrip(".")}
    properties.append(properties.makeelement(qn(kind), attributes))


def _underline(cell: Any) -> None:
    """A thin line above and below each cell, none beside it: rows can be followed, and nothing looks like a form."""
    properties = cell._tc.get_or_add_tcPr()
    for place, side in enumerate(("a:lnL", "a:lnR", "a:lnT", "a:lnB")):
        line = properties.makeelement(qn(side), {"w": "9525"})
        if side in {"a:lnT", "a:lnB"}:
            fill = line.makeelement(qn("a:solidFill"), {})
            colour = fill.makeelement(qn("a:schemeClr"), {"val": "tx1"})
            colour.append(colour.makeelement(qn("a:alpha"), {"val": "30000"}))
            fill.append(colour)
            line.append(fill)
        else:
            line.append(line.makeelement(qn("a:noFill"), {}))
        properties.insert(place, line)


def _portable(data: bytes, media_type: str) -> io.BytesIO:
    """PowerPoint reads no WebP."""
    if media_type != "image/webp":
        return io.BytesIO(data)
    written = io.BytesIO()
    with Image.open(io.BytesIO(data)) as image:
        image.save(written, "PNG")
    written.seek(0)
    return written


def _fit_in(shape: Any, area: Area, *, centred: bool = True) -> None:
    """As large as the area allows, in its own proportions."""
    scale = min(area.width / shape.width, area.height / shape.height)
    width, height = max(int(shape.width * scale), 1), max(int(shape.height * scale), 1)
    left = area.left + ((area.width - width) // 2 if centred else 0)
    put(shape, left, area.top + (area.height - height) // 2, width, height)


def _count(shape: Any) -> None:
    paragraph = shape.text_frame.paragraphs[0]._p
    counted = paragraph.makeelement(qn("a:fld"), {"id": "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", "type": "slidenum"})
    text = counted.makeelement(qn("a:t"), {})
    text.text = "‹#›"
    counted.append(text)
    paragraph.append(counted)
