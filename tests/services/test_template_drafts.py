"""Templates written here: drafts with faults, two people at once, versions that meetings keep."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from plugin.library.bundle import read_bundle
from plugin.library.faults import Refused
from plugin.library.meeting import MeetingTemplate
from plugin.library.templates import Library
from plugin.services.shelf import LOOK_EVERY_SECONDS, Shelf
from plugin.services.template_bundles import unzipped, zipped
from plugin.services.template_differences import LinePair, differences
from plugin.services.template_drafts import (
    Clash,
    Draft,
    add_picture,
    begin_draft,
    discard_draft,
    draft_faults,
    go_back_to,
    open_draft,
    publish,
    remove_picture,
    save_draft,
    template_lines,
    version_uses,
)
from plugin.services.template_form import scripts, settings, with_change, with_script, with_settings
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.content import meetings_by_version
from tests.services.test_decks import picture
from tests.services.test_follow_ups import reading
from tests.services.test_logging import ENTRY, account, ana, deal, log

__all__ = ["ana", "deal"]

KEY = "discovery"


@pytest.fixture
def mia(workspace: Workspace) -> Viewer:
    return account(workspace, "Mia", Role.MARKETER)


@pytest.fixture
def ours(library: Library) -> MeetingTemplate:
    return library.meetings[KEY]


def saved(workspace: Workspace, viewer: Viewer, files: Mapping[str, str], revision: int = 0) -> Draft | Clash | None:
    with workspace.database.writing.begin() as session:
        return save_draft(session, workspace, viewer, KEY, files, revision)


def published(workspace: Workspace, viewer: Viewer, revision: int, note: str = "") -> object:
    with workspace.database.writing.begin() as session:
        done = publish(session, workspace, viewer, KEY, revision, note)
    workspace.shelf.look_again()
    return done


def titled(files: Mapping[str, str], title: str) -> dict[str, str]:
    return with_script(files, {"en.title": title})


def test_a_draft_is_published_used_by_the_next_meeting_and_taken_back(
    workspace: Workspace, ana: Viewer, mia: Viewer, deal: str, ours: MeetingTemplate
) -> None:
    log(workspace, ana, deal)
    draft = saved(workspace, mia, titled(ours.files, "First look"))
    assert isinstance(draft, Draft)
    assert workspace.library.meetings[KEY].version == ours.version, "a draft is used by nobody"
    new = published(workspace, mia, draft.revision, "Shorter")
    assert isinstance(new, MeetingTemplate)
    assert workspace.library.meetings[KEY].en.title == "First look"
    log(workspace, ana, deal, replace(ENTRY, key="form-2"))
    assert [one.template_version for one in reading(workspace, deal).meetings if one.state == "held"] == [
        new.version,
        ours.version,
    ]
    with workspace.database.writing.begin() as session:
        assert {version: len(ids) for version, ids in meetings_by_version(session, KEY).items()} == {
            ours.version: 1,
            new.version: 1,
        }
        uses = version_uses(session, workspace, KEY)
        assert [(one.version, one.meetings, one.in_use) for one in uses] == [
            (new.version, 1, True),
            (ours.version, 1, False),
        ]
        assert uses[0].line
        assert (uses[0].line.note, uses[0].line.by) == ("Shorter", "Mia")
        assert go_back_to(session, workspace, KEY, ours.version)
    workspace.shelf.look_again()
    assert workspace.library.meetings[KEY].version == ours.version
    with workspace.database.reading() as session:
        kept = workspace.shelf.version(session, KEY, new.version)
    assert kept
    assert kept.en.title == "First look", "what a meeting used can be read for ever"
    with workspace.database.writing.begin() as session:
        assert go_back_to(session, workspace, KEY, new.version)
        assert not go_back_to(session, workspace, KEY, "f" * 12)


def test_another_process_sees_what_is_published_within_a_second(
    workspace: Workspace, mia: Viewer, ours: MeetingTemplate
) -> None:
    seconds = [0.0]
    elsewhere = Shelf(workspace.shelf.folders, workspace.database, (), lambda: seconds[0])
    assert elsewhere.library.meetings[KEY].version == ours.version
    saved(workspace, mia, titled(ours.files, "Now"))
    published(workspace, mia, 1)
    elsewhere.look()
    assert elsewhere.library.meetings[KEY].en.title == "Now"
    saved(workspace, mia, titled(ours.files, "Later"), 0)
    published(workspace, mia, 1)
    elsewhere.look()
    assert elsewhere.library.meetings[KEY].en.title == "Now", "nobody asks the database at every turn"
    seconds[0] = LOOK_EVERY_SECONDS
    elsewhere.look()
    assert elsewhere.library.meetings[KEY].en.title == "Later"


def test_faults_are_kept_told_and_never_published(workspace: Workspace, mia: Viewer, ours: MeetingTemplate) -> None:
    broken = {**ours.files, "en/script.yaml": "title: [", "fr/presentation.md": "# Une\n{{nobody}}\nNotes:\nx\n"}
    draft = saved(workspace, mia, broken)
    assert isinstance(draft, Draft)
    assert draft.files["en/script.yaml"] == "title: ["
    with workspace.database.reading() as session:
        faults = draft_faults(session, workspace, draft)
    assert {fault.file for fault in faults} >= {"en/script.yaml", "fr/presentation.md"}
    assert published(workspace, mia, draft.revision) == faults
    assert workspace.library.meetings[KEY].version == ours.version


def test_two_people_see_each_others_change_instead_of_overwriting_it(
    workspace: Workspace, mia: Viewer, ours: MeetingTemplate
) -> None:
    max_ = account(workspace, "Max", Role.MANAGER)
    first = saved(workspace, mia, titled(ours.files, "Mia's"))
    clash = saved(workspace, max_, titled(ours.files, "Max's"), revision=0)
    assert isinstance(clash, Clash)
    assert scripts(clash.theirs.files)["en"]["title"] == "Mia's"  # type: ignore[index]
    assert isinstance(first, Draft)
    assert isinstance(saved(workspace, max_, first.files, revision=0), Draft), "the same words clash with nothing"
    stale = published(workspace, max_, 1)
    assert isinstance(stale, Clash), "nobody publishes what they have not read"


def test_a_file_that_no_template_has_is_not_stored(workspace: Workspace, mia: Viewer, ours: MeetingTemplate) -> None:
    for name in ("../../etc/passwd", "en/../../x.md", "en/stories/a/b.md", "de/script.yaml", "meeting.yaml/x", ""):
        assert saved(workspace, mia, {**ours.files, name: "x"}) is None
    assert saved(workspace, mia, {**ours.files, "en/stories/x.md": "x" * 200_001}) is None


def test_a_picture_belongs_to_the_version_that_shows_it(
    workspace: Workspace, mia: Viewer, ours: MeetingTemplate
) -> None:
    red = picture()
    shown = ours.files["en/presentation.md"].replace("\n\nNotes:", "\n\n![Red](pictures/red.png)\n\nNotes:", 1)
    draft = saved(workspace, mia, {**ours.files, "en/presentation.md": shown})
    assert isinstance(draft, Draft)
    with workspace.database.writing.begin() as session:
        assert "red.png" in str(draft_faults(session, workspace, draft))
        added = add_picture(session, workspace, mia, KEY, red)
        assert added
        assert draft_faults(session, workspace, added) == ()
    new = published(workspace, mia, added.revision)
    assert isinstance(new, MeetingTemplate)
    assert new.pictures["red.png"].data == red.data
    with workspace.database.writing.begin() as session:
        gone = remove_picture(session, workspace, mia, KEY, "red.png")
        assert gone
        assert gone.pictures == {}
    assert unzipped(zipped(new)).pictures[0].media_type == "image/png"


def test_a_copy_under_another_key_is_a_new_template(workspace: Workspace, mia: Viewer, ours: MeetingTemplate) -> None:
    with workspace.database.writing.begin() as session:
        assert begin_draft(session, workspace, mia, ours, "Not a key") is None
        draft = begin_draft(session, workspace, mia, ours, "discovery_short")
        assert draft
        assert draft_faults(session, workspace, draft) == ()
        assert isinstance(publish(session, workspace, mia, "discovery_short", draft.revision, ""), MeetingTemplate)
    workspace.shelf.look_again()
    assert {KEY, "discovery_short"} <= workspace.library.meetings.keys()
    with workspace.database.reading() as session:
        assert [one.template.key for one in template_lines(session, workspace)][:2] == [KEY, "discovery_short"]


def test_a_draft_that_is_thrown_away_leaves_what_is_in_use(
    workspace: Workspace, mia: Viewer, ours: MeetingTemplate
) -> None:
    saved(workspace, mia, titled(ours.files, "Never"))
    with workspace.database.writing.begin() as session:
        discard_draft(session, KEY)
        draft = open_draft(session, workspace, KEY)
        assert draft
        assert (draft.line, draft.files) == (None, ours.files)
        assert open_draft(session, workspace, "nonsense") is None


def test_out_and_in_again_is_the_same_version(library: Library) -> None:
    for template in library.meetings.values():
        bundle = unzipped(zipped(template))
        again = read_bundle(bundle.key, bundle.files, {})
        assert (again.key, again.version) == (template.key, template.version)
        assert zipped(again) == zipped(template), "the same template makes the same file"


def hostile_zips() -> Iterator[tuple[bytes, str]]:
    def made(members: Mapping[str, bytes]) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return written.getvalue()

    yield b"", "no .zip file"
    yield b"PK\x03\x04 nothing", "no .zip file"
    yield made({"readme.txt": b"x"}), "one folder with a meeting.yaml"
    yield made({"a/meeting.yaml": b"", "b/meeting.yaml": b""}), "one folder"
    yield made({"../../Etc/meeting.yaml": b""}), "can't be a template's key"
    yield made({"k/meeting.yaml": b"", "k/en/script.yaml": b"\xff\xfe"}), "not UTF-8"
    yield made({"k/meeting.yaml": b"", "k/pictures/a.png": b"<svg/>"}), "no picture that we can read"
    yield made({"k/meeting.yaml": b"\x00" * 25_000_000}), "what is in this .zip is larger"
    yield made({f"k/{n}.md": b"" for n in range(130)}), "more than 120 files"


@pytest.mark.parametrize(("data", "complaint"), list(hostile_zips()))
def test_a_zip_that_is_no_template_is_refused_in_words(data: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        unzipped(data)


def test_names_in_a_zip_are_never_paths() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in ("k/meeting.yaml", "k/../../evil.md", "/etc/passwd", "k/en/stories/../../x.md", "k/notes.txt"):
            archive.writestr(name, "x")
    assert unzipped(written.getvalue()).files == {"meeting.yaml": "x"}


def test_the_form_writes_only_what_was_changed_and_the_same_format(library: Library) -> None:
    for template in library.meetings.values():
        same = with_script(template.files, {"en.title": template.en.title})
        canvas = [str(number) for number in template.canvas]
        same = with_settings(same, str(template.minutes), template.stage, list(template.evidence), canvas)
        assert same == dict(template.files), "what was not changed keeps its look"
        changed = read_bundle(template.key, titled(template.files, "Another: title {{company}}"), {})
        assert changed.en.title == "Another: title {{company}}"
        assert (changed.en.questions, changed.fr) == (template.en.questions, template.fr)


def test_items_are_added_moved_and_removed_in_both_languages(ours: MeetingTemplate) -> None:
    more = with_change(ours.files, "add:questions")
    more = with_script(
        more, {"en.title": "T", "questions.0.feeds": "evidence problem_cost", "questions.0.personas": "user"}
    )
    both = scripts(more)
    assert both
    assert both["en"]["questions"][-1]["id"] == both["fr"]["questions"][-1]["id"] == "question_1"
    assert (both["fr"]["questions"][0]["feeds"], both["fr"]["questions"][0]["personas"]) == (
        {"evidence": "problem_cost"},
        ["user"],
    )
    moved = scripts(with_change(more, "up:questions:1"))
    assert moved
    assert moved["fr"]["questions"][0]["id"] == both["fr"]["questions"][1]["id"]
    fewer = scripts(with_change(more, f"remove:questions:{len(both['en']['questions']) - 1}"))
    assert fewer
    assert len(fewer["en"]["questions"]) == len(ours.en.questions)
    for nonsense in ("up:questions:0", "remove:questions:99", "remove:nothing:1", "x", "add:title"):
        assert with_change(ours.files, nonsense) == dict(ours.files)
    assert "en/stories/new.md" in with_change(ours.files, "story:new")
    assert settings({"meeting.yaml": "["}) is None


def test_a_broken_script_is_left_to_be_edited_as_text(ours: MeetingTemplate) -> None:
    for text in ("title: [", "- a list", "title: x\nprepare: no list", "questions: [a]\nprepare: []\nobjections: []"):
        broken = {**ours.files, "fr/script.yaml": text}
        assert scripts(broken) is None
        assert with_script(broken, {"en.title": "T"}) == broken


def test_differences_name_the_lines_that_changed() -> None:
    (one,) = differences({"a": "x\n1\n2\n3\n4\ny\n", "b": "same"}, {"a": "x\n1\n2\n3\n4\nz\nnew\n", "b": "same"})
    assert one.name == "a"
    assert one.lines == (
        LinePair("gap", "", ""),
        LinePair("same", "3", "3"),
        LinePair("same", "4", "4"),
        LinePair("changed", "y", "z"),
        LinePair("added", "", "new"),
    )
    assert differences({}, {"c": "new"})[0].lines == (LinePair("added", "", "new"),)


def test_a_bundle_names_its_faults_as_it_names_its_files(ours: MeetingTemplate) -> None:
    with pytest.raises(Refused) as refused:
        read_bundle(KEY, {**ours.files, "meeting.yaml": "key: other\n"}, {})
    assert {fault.file for fault in refused.value.faults} == {"meeting.yaml"}
