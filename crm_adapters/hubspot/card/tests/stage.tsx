import { hubspot } from "@hubspot/ui-extensions";
import { createRenderer } from "@hubspot/ui-extensions/testing";
import { vi } from "vitest";

import { Deal } from "../src/app/cards/parts/Deal";
import type { Look } from "../src/app/cards/server/answers";

export const LOOK: Look & { status: "ok" } = {
  status: "ok",
  name: "Rollout at Lumen",
  stage: { name: "Weighing options", number: 3, of: 7, days: 12 },
  state: "open",
  direction: "Moving forward, faster than most",
  way: "forward",
  missing: ["Who signs", "The budget"],
  next: { title: "Decision workshop", why: "Nobody has named who signs.", at: "Tuesday 3 March, 10:00" },
  planned: { ref: "m-7", title: "Discovery", at: "yesterday, 14:00", over: true },
  words: { text: "We lose a day a week on this.", by: "Ada Brun", at: "2 February" },
  may_log: true,
};

export const MODAL = { status: "ok", address: "https://parcours.example/embed/panel#token" };

type Reply = unknown | Error | Promise<Response>;
export interface Call {
  what: string;
  body: Record<string, unknown>;
}

/** The card on a deal, with a server that gives these answers; the last one of each address stays. */
export function open(replies: Record<string, Reply[]>, user: { language?: string; locale?: string } = {}) {
  const calls: Call[] = [];
  vi.spyOn(hubspot, "fetch").mockImplementation((url, options) => {
    const address = new URL(url);
    const what = address.href.replace("https://parcours.example/embed/sales/card/", "");
    calls.push({ what, body: { ...options?.body } });
    const left = replies[what] ?? [];
    const reply = left.length > 1 ? left.shift() : left[0];
    if (reply instanceof Error) return Promise.reject(reply);
    return reply instanceof Promise ? (reply as Promise<Response>) : Promise.resolve(json(reply));
  });
  const card = createRenderer("crm.record.sidebar");
  const context = {
    ...card.mocks.context,
    user: { ...card.mocks.context.user, language: "en", ...user },
    crm: { objectId: 4711, objectTypeId: "0-3" },
    variables: { PARCOURS_URL: "https://parcours.example", PARCOURS_CONNECTION: "sales" },
  };
  card.render(<Deal context={context} actions={card.mocks.actions} />);
  const asked = (what: string) => calls.filter((call) => call.what === what).map((call) => call.body);
  return { ...card, calls, asked, context, says: () => card.getRootNode().toString() };
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status });
}

/** An answer that comes when the test says so. */
export function later(): { answer: Promise<Response>; give: (body: unknown) => void } {
  let give: (body: unknown) => void = () => undefined;
  const answer = new Promise<Response>((resolve) => {
    give = (body) => resolve(json(body));
  });
  return { answer, give };
}
