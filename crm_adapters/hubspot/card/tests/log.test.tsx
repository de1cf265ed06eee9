import { Button, LoadingButton } from "@hubspot/ui-extensions";
import { expect, test } from "vitest";

import { later, LOOK, open } from "./stage";

const LOGGED = { status: "ok", message: "Discovery is logged." };
const AFTER = { ...LOOK, planned: null };

type Card = ReturnType<typeof open>;
const oneTap = (card: Card) => card.find(LoadingButton, (button) => button.text === "It took place");
const tryAgain = (card: Card) => card.find(Button, (button) => button.text === "Try again");

test("one tap logs the planned meeting, and the card and HubSpot's own stage are read anew", async () => {
  const card = open({ look: [LOOK, AFTER], log: [LOGGED] });
  await card.waitFor(() => oneTap(card));

  oneTap(card).trigger("onClick");
  await card.waitFor(() => expect(card.says()).not.toContain("It took place"));

  const [sent] = card.asked("log");
  expect(sent).toEqual({ deal: "4711", language: "en", meeting: "m-7", key: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(card.mocks.actions.addAlert.calls).toEqual([[{ type: "success", message: "Discovery is logged." }]]);
  expect(card.mocks.actions.refreshObjectProperties.called).toBe(true);
  expect(card.asked("look")).toHaveLength(2);
});

test("a double press is sent once", async () => {
  const answer = later();
  const card = open({ look: [LOOK], log: [answer.answer] });
  await card.waitFor(() => oneTap(card));
  const button = oneTap(card);

  button.trigger("onClick");
  button.trigger("onClick");
  await card.waitFor(() => expect(oneTap(card).props.loading).toBe(true));
  oneTap(card).trigger("onClick");

  expect(card.asked("log")).toHaveLength(1);
});

test("a retry of a log that may have arrived keeps its key", async () => {
  const card = open({ look: [LOOK, AFTER], log: [new Error("timeout"), { odd: true }, LOGGED] });
  await card.waitFor(() => oneTap(card));

  oneTap(card).trigger("onClick");
  await card.waitFor(() => expect(card.says()).toContain("never logged twice"));
  tryAgain(card).trigger("onClick");
  await card.waitFor(() => expect(card.asked("log")).toHaveLength(2));
  await card.waitFor(() => expect(tryAgain(card).props.disabled).toBe(false));
  tryAgain(card).trigger("onClick");
  await card.waitFor(() => expect(card.says()).not.toContain("Not logged yet"));

  const keys = card.asked("log").map((body) => body["key"]);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
});

test("another tap has another key", async () => {
  const refused = { status: "refused", message: "The meeting was cancelled." };
  const card = open({ look: [LOOK], log: [refused, LOGGED] });
  await card.waitFor(() => oneTap(card));

  oneTap(card).trigger("onClick");
  await card.waitFor(() =>
    expect(card.mocks.actions.addAlert.calls).toEqual([[{ type: "warning", message: refused.message }]]),
  );
  await card.waitFor(() => expect(oneTap(card).props.loading).toBe(false));
  oneTap(card).trigger("onClick");
  await card.waitFor(() => expect(card.asked("log")).toHaveLength(2));

  const [first, second] = card.asked("log");
  expect(first?.["key"]).not.toBe(second?.["key"]);
});

test("a log that failed says nothing of the next meeting", async () => {
  const next = { ...LOOK, planned: { ref: "m-8", title: "Demo", at: "today, 9:00", over: true } };
  const card = open({
    look: [LOOK, next],
    log: [new Error("timeout")],
    launch: [{ status: "ok", address: "https://parcours.example/embed" }],
  });
  await card.waitFor(() => oneTap(card));
  oneTap(card).trigger("onClick");
  await card.waitFor(() => expect(card.says()).toContain("never logged twice"));

  card.find(LoadingButton, { variant: "primary" }).trigger("onClick");
  await card.waitFor(() => expect(card.mocks.actions.openIframeModal.called).toBe(true));
  card.mocks.actions.openIframeModal.calls[0]?.[1]?.();

  await card.waitFor(() => expect(card.says()).toContain("Demo · today, 9:00"));
  expect(oneTap(card).props.loading).toBe(false);
});

test("a planned meeting that is not over can't be logged by one tap", async () => {
  const card = open({ look: [{ ...LOOK, planned: { ...LOOK.planned, over: false } }] });

  await card.waitFor(() => expect(card.says()).toContain("Weighing options"));

  expect(card.says()).not.toContain("It took place");
});
