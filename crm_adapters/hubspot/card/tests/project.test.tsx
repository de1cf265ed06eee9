import { translateForLocalDev } from "@hubspot/project-parsing-lib/translate";
import { Alert, hubspot } from "@hubspot/ui-extensions";
import { createRenderer } from "@hubspot/ui-extensions/testing";
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";

import { Deal } from "../src/app/cards/parts/Deal";
import { addressOf } from "../src/app/cards/server/address";

const ROOT = join(import.meta.dirname, "..");

function projectWithProfile(): string {
  const src = mkdtempSync(join(tmpdir(), "card-"));
  cpSync(join(ROOT, "src"), src, { recursive: true });
  copyFileSync(join(ROOT, "hsprofile.example.json"), join(src, "hsprofile.live.json"));
  return src;
}

function read(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, path), "utf8")) as Record<string, unknown>;
}

test("HubSpot's own parser reads the project, and the profile's address is the one that may be called", async () => {
  const { platformVersion } = read("hsproject.json");
  const src = projectWithProfile();
  onTestFinished(() => rmSync(src, { recursive: true }));

  const { intermediateRepresentation, skippedHsMetaFiles } = await translateForLocalDev(
    { projectSourceDir: src, platformVersion: String(platformVersion), accountId: 1 },
    { profile: "live", skipValidation: true },
  );

  const { parcours, parcours_deal: card } = intermediateRepresentation.intermediateNodesIndexedByUid;
  expect(skippedHsMetaFiles).toEqual([]);
  expect(parcours?.config).toMatchObject({
    permittedUrls: { fetch: ["https://parcours.example.com"], iframe: ["https://parcours.example.com"] },
  });
  expect(card?.componentDeps).toMatchObject({ app: "parcours" });
  expect(existsSync(join(src, String(Reflect.get(card?.config ?? {}, "entrypoint"))))).toBe(true);
});

test("what is built at HubSpot has exact versions, and the lock names no registry", () => {
  const versions = Object.values(read("src/app/cards/package.json")["dependencies"] as Record<string, string>);

  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  expect(readFileSync(join(ROOT, "package-lock.json"), "utf8")).not.toMatch(/"resolved": "https?:/);
});

test("the card registers itself with HubSpot", async () => {
  const extend = vi.spyOn(hubspot, "extend").mockImplementation(() => undefined);

  await import("../src/app/cards/DealCard");

  expect(extend).toHaveBeenCalledOnce();
});

test.each([
  [{ PARCOURS_URL: "https://a.example/", PARCOURS_CONNECTION: "sales" }, "https://a.example/embed/sales/card"],
  [{ PARCOURS_URL: "https://a.example/crm", PARCOURS_CONNECTION: "a b" }, "https://a.example/crm/embed/a%20b/card"],
  [{ PARCOURS_URL: "http://parcours.example", PARCOURS_CONNECTION: "sales" }, null],
  [{ PARCOURS_URL: "https://parcours.example" }, null],
  [undefined, null],
])("the variables %o give the address %s", (variables, address) => {
  expect(addressOf(variables)).toBe(address);
});

test("without its variables the card says what an administrator has to do, and calls nobody", () => {
  const fetch = vi.spyOn(hubspot, "fetch");
  const card = createRenderer("crm.record.sidebar");

  card.render(<Deal context={card.mocks.context} actions={card.mocks.actions} />);

  expect(card.find(Alert).props.title).toBe("Parcours is not set up here yet");
  expect(fetch).not.toHaveBeenCalled();
});
