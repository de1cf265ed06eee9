import type { CrmContext } from "../context";

/** Where this account's Parcours is, from the variables of the project's profile; null where they are missing. */
export function addressOf(variables: CrmContext["variables"]): string | null {
  const url = variables?.["PARCOURS_URL"];
  const connection = variables?.["PARCOURS_CONNECTION"];
  if (typeof url !== "string" || !url.startsWith("https://") || !connection) return null;
  return `${url.replace(/\/+$/, "")}/embed/${encodeURIComponent(String(connection))}/card`;
}
