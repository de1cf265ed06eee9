import { Alert, Button, LoadingButton } from "@hubspot/ui-extensions";
import { expect, test } from "vitest";

import { json, later, LOOK, MODAL, open } from "./stage";

const ODD: [string, unknown][] = [
  ["no connection", new Error("network")],
  ["a server that failed", Promise.resolve(json(LOOK, 502))],
  ["no JSON", Promise.resolve(new Response("<html>"))],
  ["a bare null", null],
  ["a list", [LOOK]],
  ["no status", { ...LOOK, status: undefined }],
  ["a status of another time", { ...LOOK, status: "later" }],
  ["a status without its message", { status: "refused" }],
  ["a number as text", { ...LOOK, stage: { ...LOOK.stage, of: "7" } }],
  ["a missing field", { ...LOOK, may_log: undefined }],
  ["a list of something else", { ...LOOK, missing: [1] }],
  ["a way that nobody knows", { ...LOOK, way: "sideways" }],
];

test.each(ODD)("%s is said calmly, and may be tried again", async (_name, reply) => {
  const card = open({ look: [reply, LOOK] });
  await card.waitFor(() => expect(card.find(Alert).props.title).toBe("Parcours can't be reached just now"));

  card.find(Button).trigger("onClick");

  await card.waitFor(() => expect(card.says()).toContain("Weighing options"));
  expect(card.maybeFind(Alert)).toBeNull();
});

test("fields that a newer server adds are no trouble", async () => {
  const card = open({ look: [{ ...LOOK, forecast: { sum: 3 } }] });

  await card.waitFor(() => expect(card.says()).toContain("Weighing options"));
});

async function closeTheLogForm(card: ReturnType<typeof open>): Promise<void> {
  await card.waitFor(() => card.find(LoadingButton, { variant: "primary" }));
  card.find(LoadingButton, { variant: "primary" }).trigger("onClick");
  await card.waitFor(() => expect(card.mocks.actions.openIframeModal.called).toBe(true));
  card.mocks.actions.openIframeModal.calls[0]?.[1]?.();
}

test("what was seen stays when a later look fails", async () => {
  const card = open({ look: [LOOK, new Error("network")], launch: [MODAL] });
  await closeTheLogForm(card);

  await card.waitFor(() => card.find(Alert));

  expect(card.says()).toContain("Weighing options");
});

test("who may no longer see the deal keeps nothing of it", async () => {
  const card = open({ look: [LOOK, { status: "refused", message: "No longer yours." }], launch: [MODAL] });
  await closeTheLogForm(card);

  await card.waitFor(() => expect(card.find(Alert).props.title).toBe("No longer yours."));

  expect(card.says()).not.toContain("Weighing options");
});

test("an answer that was overtaken is not shown", async () => {
  const slow = later();
  const newer = { ...LOOK, stage: { ...LOOK.stage, name: "Deciding" } };
  const card = open({ look: [LOOK, slow.answer, newer], launch: [MODAL] });
  await closeTheLogForm(card);
  card.mocks.actions.openIframeModal.calls[0]?.[1]?.();
  await card.waitFor(() => expect(card.says()).toContain("Deciding"));

  slow.give(LOOK);
  await slow.answer;
  await new Promise((resolve) => setTimeout(resolve, 10));

  expect(card.says()).toContain("Deciding");
});
