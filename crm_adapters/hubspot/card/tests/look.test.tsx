import { Alert, Button, LoadingButton, LoadingSpinner, StatusTag, Tag } from "@hubspot/ui-extensions";
import { expect, test } from "vitest";

import { later, LOOK, open } from "./stage";

test("the card asks for its deal and shows where the buyer stands", async () => {
  const card = open({ look: [LOOK] });
  expect(card.find(LoadingSpinner).props.label).toBe("Looking at the journey");

  await card.waitFor(() => expect(card.says()).toContain("Weighing options"));

  expect(card.asked("look")).toEqual([{ deal: "4711", language: "en" }]);
  for (const shown of [
    "Stage 3 of 7 · 12 days here",
    "Moving forward, faster than most",
    "Who signs",
    "The budget",
    "Decision workshop · Tuesday 3 March, 10:00",
    "Nobody has named who signs.",
    "“We lose a day a week on this.”",
    "Ada Brun · 2 February",
  ]) {
    expect(card.says()).toContain(shown);
  }
});

test("one button only is the primary one", async () => {
  const card = open({ look: [LOOK] });
  await card.waitFor(() => card.find(LoadingButton));

  const primary = card.findAll(LoadingButton, { variant: "primary" }).map((button) => button.text);

  expect(primary).toEqual(["Log the meeting"]);
});

test.each([
  ["forward", "success"],
  ["back", "warning"],
  ["still", "default"],
] as const)("a buyer who goes %s is told by colour too", async (way, colour) => {
  const card = open({ look: [{ ...LOOK, way }] });

  await card.waitFor(() => expect(card.find(StatusTag).props.variant).toBe(colour));
});

test.each([
  ["won", "Won"],
  ["lost", "Lost"],
  ["outside", "Outside the journey"],
])("a deal that is %s says so", async (state, said) => {
  const card = open({ look: [{ ...LOOK, state }] });

  await card.waitFor(() => expect(card.find(Tag).text).toBe(said));
});

test("what is not known takes no room", async () => {
  const nothing = { direction: "", way: null, missing: [], next: null, planned: null, words: null };
  const card = open({ look: [{ ...LOOK, ...nothing, stage: { ...LOOK.stage, number: null, days: null } }] });

  await card.waitFor(() => expect(card.says()).toContain("Weighing options"));

  for (const gone of ["Stage", "days here", "Still missing", "Next meeting", "last words", "Not logged yet"]) {
    expect(card.says()).not.toContain(gone);
  }
});

test("a long list of missing evidence is cut, and says by how much", async () => {
  const card = open({ look: [{ ...LOOK, missing: ["a", "b", "c", "d", "e", "f"] }] });

  await card.waitFor(() => expect(card.says()).toContain("and 2 more"));
});

test("who may not log sees the journey without the buttons that log", async () => {
  const card = open({ look: [{ ...LOOK, may_log: false }] });

  await card.waitFor(() => expect(card.says()).toContain("Weighing options"));

  expect(card.findAll(LoadingButton)).toEqual([]);
  expect(card.findAll(Button).map((button) => button.text)).toEqual(["See the whole journey"]);
});

test.each(["unknown_user", "unknown_deal", "refused"])("the answer %s is shown in its own words", async (status) => {
  const card = open({ look: [{ status, message: "Ask Ada for access." }, LOOK] });
  await card.waitFor(() => expect(card.find(Alert).props.title).toBe("Ask Ada for access."));

  card.find(Button).trigger("onClick");

  await card.waitFor(() => expect(card.says()).toContain("Weighing options"));
  expect(card.maybeFind(Alert)).toBeNull();
});

test("'Try again' waits for the answer to the last try", async () => {
  const second = later();
  const card = open({ look: [new Error("timeout"), second.answer] });
  await card.waitFor(() => expect(card.find(Button).text).toBe("Try again"));

  card.find(Button).trigger("onClick");
  await card.waitFor(() => expect(card.find(Button).props.disabled).toBe(true));

  second.give(LOOK);
  await card.waitFor(() => expect(card.says()).toContain("Weighing options"));
});
