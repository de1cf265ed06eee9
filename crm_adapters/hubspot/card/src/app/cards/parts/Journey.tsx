import { Divider, Flex, LoadingSpinner } from "@hubspot/ui-extensions";

import type { CrmActions } from "../context";
import type { Parcours } from "../server/parcours";
import type { Texts } from "../words/texts";
import { Buttons } from "./Buttons";
import { LastWords, Missing, Next, Standing } from "./Facts";
import { Notice } from "./Notice";
import { Planned } from "./Planned";
import { useLaunch } from "./useLaunch";
import { useLog } from "./useLog";
import { useLook } from "./useLook";

export function Journey({ parcours, actions, texts }: { parcours: Parcours; actions: CrmActions; texts: Texts }) {
  const { look, trouble, busy, again } = useLook(parcours);

  // What was logged may have moved the deal: HubSpot's own stage beside the card must say so too.
  function refresh(): void {
    again();
    actions.refreshObjectProperties();
  }

  const launching = useLaunch(parcours, actions, texts, refresh);
  const logging = useLog(parcours, (answer) => {
    if (answer.kind === "ok") actions.addAlert({ type: "success", message: answer.value.message });
    else actions.addAlert({ type: "warning", message: answer.message });
    refresh();
  });

  const retry = { label: texts.tryAgain, press: again, disabled: busy };
  const said =
    trouble?.kind === "told" ? { title: trouble.message } : { title: texts.notReached, text: texts.notReachedWhy };
  const notice = trouble === null ? null : <Notice {...said} retry={retry} />;
  if (look === null) return notice ?? <LoadingSpinner label={texts.loading} showLabel layout="centered" />;

  return (
    <Flex direction="column" gap="md">
      {notice}
      <Standing look={look} texts={texts} />
      {look.may_log ? <Planned planned={look.planned} logging={logging} texts={texts} /> : null}
      <Missing missing={look.missing} texts={texts} />
      <Next next={look.next} texts={texts} />
      <LastWords words={look.words} texts={texts} />
      <Divider />
      <Buttons mayLog={look.may_log} launching={launching} texts={texts} />
    </Flex>
  );
}
