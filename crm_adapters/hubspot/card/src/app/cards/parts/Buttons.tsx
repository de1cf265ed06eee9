import { Button, Flex, LoadingButton } from "@hubspot/ui-extensions";

import type { Texts } from "../words/texts";
import type { Launching } from "./useLaunch";

export function Buttons({ mayLog, launching, texts }: { mayLog: boolean; launching: Launching; texts: Texts }) {
  const { busy, open } = launching;
  const panel = (
    <Button variant="transparent" size="sm" disabled={busy !== null} onClick={() => open("panel", texts.panel)}>
      {texts.panel}
    </Button>
  );
  if (!mayLog) return panel;
  return (
    <Flex direction="column" gap="sm" align="start">
      <LoadingButton variant="primary" loading={busy === "log"} onClick={() => open("log", texts.logMeeting)}>
        {texts.logMeeting}
      </LoadingButton>
      <LoadingButton variant="secondary" loading={busy === "kit"} onClick={() => open("kit", texts.kit)}>
        {texts.kit}
      </LoadingButton>
      {panel}
    </Flex>
  );
}
