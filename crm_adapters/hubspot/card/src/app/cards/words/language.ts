export type Language = "en" | "fr";

/** HubSpot tells a language ("fr", "fr-ca") and a locale ("fr-fr"); English is what everybody else gets. */
export function languageOf(user: { language?: string; locale?: string }): Language {
  return (user.language || user.locale || "").toLowerCase().startsWith("fr") ? "fr" : "en";
}
