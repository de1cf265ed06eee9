import { hubspot } from "@hubspot/ui-extensions";

import type { Language } from "../words/language";
import { launch, logged, look, told, type Launch, type Logged, type Look } from "./answers";
import { isObject, type Shape } from "./shape";

/** What was asked for; or why not, in the server's own words; or nothing that could be understood. */
export type Answer<T> = { kind: "ok"; value: T } | { kind: "told"; message: string } | { kind: "failed" };

export type Page = "panel" | "log" | "kit";

export interface Parcours {
  look(): Promise<Answer<Look>>;
  launch(page: Page): Promise<Answer<Launch>>;
  /** The same key for the same tap, however often it is sent. */
  log(meeting: string, key: string): Promise<Answer<Logged>>;
}

export function parcoursAt(address: string, deal: string, language: Language): Parcours {
  async function ask<T>(what: string, more: Record<string, string>, shape: Shape<T>): Promise<Answer<T>> {
    try {
      const response = await hubspot.fetch(`${address}/${what}`, { method: "POST", body: { deal, language, ...more } });
      return response.ok ? understood(await response.json(), shape) : { kind: "failed" };
    } catch {
      // No network, no time left, no JSON, another shape: for the person all the same.
      return { kind: "failed" };
    }
  }
  return {
    look: () => ask("look", {}, look),
    launch: (page) => ask("launch", { page }, launch),
    log: (meeting, key) => ask("log", { meeting, key }, logged),
  };
}

function understood<T>(body: unknown, shape: Shape<T>): Answer<T> {
  if (isObject(body) && body["status"] === "ok") return { kind: "ok", value: shape(body) };
  return { kind: "told", message: told(body).message };
}
