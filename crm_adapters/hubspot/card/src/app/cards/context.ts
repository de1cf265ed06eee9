import type { hubspot } from "@hubspot/ui-extensions";

type Render = Parameters<typeof hubspot.extend<"crm.record.sidebar">>[0];
type Api = Parameters<Render>[0];

export type CrmContext = Api["context"];
export type CrmActions = Api["actions"];
