import { hubspot } from "@hubspot/ui-extensions";

import { Deal } from "./parts/Deal";

hubspot.extend<"crm.record.sidebar">(({ context, actions }) => <Deal context={context} actions={actions} />);
