import { Button, LoadingButton } from "@hubspot/ui-extensions";
import { expect, test } from "vitest";

import { later, LOOK, MODAL, open } from "./stage";

type Card = ReturnType<typeof open>;
const logButton = (card: Card) => card.find(LoadingButton, { variant: "primary" });

test("the address with its token is asked for at the press and not before, and opened at once", async () => {
  const card = open({ look: [LOOK], launch: [MODAL] });
  await card.waitFor(() => logButton(card));
  expect(card.asked("launch")).toEqual([]);

  logButton(card).trigger("onClick");
  await card.waitFor(() => expect(card.mocks.actions.openIframeModal.callCount).toBe(1));

  expect(card.asked("launch")).toEqual([{ deal: "4711", language: "en", page: "log" }]);
  expect(card.mocks.actions.openIframeModal.calls[0]?.[0]).toEqual({
    uri: MODAL.address,
    title: "Log the meeting",
    width: 480,
    height: 800,
  });
});

test("every press asks for an address of its own", async () => {
  const card = open({ look: [LOOK], launch: [MODAL] });
  await card.waitFor(() => logButton(card));

  for (const time of [1, 2]) {
    logButton(card).trigger("onClick");
    await card.waitFor(() => expect(card.mocks.actions.openIframeModal.callCount).toBe(time));
  }

  expect(card.asked("launch")).toHaveLength(2);
});

test("the kit gets the room of a presentation, the journey that of a panel", async () => {
  const card = open({ look: [LOOK], launch: [MODAL] });
  await card.waitFor(() => logButton(card));

  card.find(LoadingButton, (button) => button.text === "Open the kit").trigger("onClick");
  await card.waitFor(() => expect(card.mocks.actions.openIframeModal.callCount).toBe(1));
  card.find(Button).trigger("onClick");
  await card.waitFor(() => expect(card.mocks.actions.openIframeModal.callCount).toBe(2));

  expect(card.asked("launch").map((body) => body["page"])).toEqual(["kit", "panel"]);
  const sizes = card.mocks.actions.openIframeModal.calls.map(([modal]) => [modal.width, modal.height]);
  expect(sizes).toEqual([[1100, 800], [480, 800]]);
});

test("what was done in the window is shown once it is closed", async () => {
  const moved = { ...LOOK, stage: { ...LOOK.stage, name: "Deciding" } };
  const card = open({ look: [LOOK, moved], launch: [MODAL] });
  await card.waitFor(() => logButton(card));
  logButton(card).trigger("onClick");
  await card.waitFor(() => expect(card.mocks.actions.openIframeModal.called).toBe(true));
  expect(card.mocks.actions.refreshObjectProperties.called).toBe(false);

  card.mocks.actions.openIframeModal.calls[0]?.[1]?.();

  await card.waitFor(() => expect(card.says()).toContain("Deciding"));
  expect(card.mocks.actions.refreshObjectProperties.callCount).toBe(1);
});

test("a double press opens one window", async () => {
  const answer = later();
  const card = open({ look: [LOOK], launch: [answer.answer] });
  await card.waitFor(() => logButton(card));
  const button = logButton(card);

  button.trigger("onClick");
  button.trigger("onClick");
  answer.give(MODAL);
  await card.waitFor(() => expect(card.mocks.actions.openIframeModal.called).toBe(true));

  expect(card.asked("launch")).toHaveLength(1);
  expect(card.mocks.actions.openIframeModal.callCount).toBe(1);
});

test.each([
  [{ status: "refused", message: "Ask Ada for access." }, "Ask Ada for access."],
  [{ status: "ok", address: "javascript:alert(1)" }, "That could not be opened. Please try again."],
  [new Error("timeout"), "That could not be opened. Please try again."],
])("an address that does not come is said, and nothing is opened", async (reply, message) => {
  const card = open({ look: [LOOK], launch: [reply] });
  await card.waitFor(() => logButton(card));

  logButton(card).trigger("onClick");

  await card.waitFor(() => expect(card.mocks.actions.addAlert.calls).toEqual([[{ type: "warning", message }]]));
  expect(card.mocks.actions.openIframeModal.called).toBe(false);
  await card.waitFor(() => expect(logButton(card).props.loading).toBe(false));
});
