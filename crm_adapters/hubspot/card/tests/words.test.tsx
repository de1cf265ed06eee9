import { Alert, LoadingButton } from "@hubspot/ui-extensions";
import { expect, test } from "vitest";

import { languageOf } from "../src/app/cards/words/language";
import { TEXTS } from "../src/app/cards/words/texts";
import { LOOK, open } from "./stage";

test("a French user gets French, from the card and from the server", async () => {
  const card = open({ look: [LOOK] }, { language: "fr" });
  await card.waitFor(() => expect(card.says()).toContain("Étape 3 sur 7 · 12 jours à cette étape"));

  expect(card.asked("look")).toEqual([{ deal: "4711", language: "fr" }]);
  const buttons = card.findAll(LoadingButton).map((button) => button.text);
  expect(buttons).toEqual(["Il a eu lieu", "Noter le rendez-vous", "Ouvrir le kit"]);
  for (const english of [TEXTS.en.missing, TEXTS.en.next, TEXTS.en.words, TEXTS.en.planned]) {
    expect(card.says()).not.toContain(english);
  }
});

test("trouble is told in French too", async () => {
  const card = open({ look: [new Error("timeout")] }, { language: "fr" });

  await card.waitFor(() => expect(card.find(Alert).props.title).toBe(TEXTS.fr.notReached));
});

test.each([
  [{ language: "fr" }, "fr"],
  [{ language: "fr-CA", locale: "en-ca" }, "fr"],
  [{ language: "en", locale: "fr-fr" }, "en"],
  [{ locale: "fr-fr" }, "fr"],
  [{ language: "", locale: "fr-fr" }, "fr"],
  [{ language: "de" }, "en"],
  [{}, "en"],
])("a user with %o gets %s", (user, language) => {
  expect(languageOf(user)).toBe(language);
});

test.each([
  ["en", 0, "0 days here"],
  ["en", 1, "1 day here"],
  ["fr", 0, "0 jour à cette étape"],
  ["fr", 1, "1 jour à cette étape"],
  ["fr", 2, "2 jours à cette étape"],
] as const)("in %s, %i is counted as in that language", (language, count, said) => {
  expect(TEXTS[language].days(count)).toBe(said);
});
