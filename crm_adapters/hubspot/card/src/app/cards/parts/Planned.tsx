import { LoadingButton, Text } from "@hubspot/ui-extensions";

import type { PlannedMeeting } from "../server/answers";
import type { Texts } from "../words/texts";
import { Part } from "./Facts";
import { Notice } from "./Notice";
import type { Logging } from "./useLog";

interface Props {
  planned: PlannedMeeting | null;
  logging: Logging;
  texts: Texts;
}

/** A meeting that lies behind and that nobody logged: one tap says that it took place. */
export function Planned({ planned, logging, texts }: Props) {
  if (planned === null || !planned.over) return null;
  const press = () => logging.log(planned.ref);
  return (
    <Part title={texts.planned}>
      <Text>{`${planned.title} · ${planned.at}`}</Text>
      {logging.unsure === planned.ref ? (
        <Notice
          title={texts.notLogged}
          text={texts.notLoggedWhy}
          retry={{ label: texts.tryAgain, press, disabled: logging.busy }}
        />
      ) : (
        <LoadingButton variant="secondary" size="sm" loading={logging.busy} onClick={press}>
          {texts.tookPlace}
        </LoadingButton>
      )}
    </Part>
  );
}
