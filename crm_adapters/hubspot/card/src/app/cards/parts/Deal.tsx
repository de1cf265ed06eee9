import { useMemo } from "react";

import type { CrmActions, CrmContext } from "../context";
import { addressOf } from "../server/address";
import { parcoursAt } from "../server/parcours";
import { languageOf } from "../words/language";
import { TEXTS } from "../words/texts";
import { Journey } from "./Journey";
import { Notice } from "./Notice";

export function Deal({ context, actions }: { context: CrmContext; actions: CrmActions }) {
  const language = languageOf(context.user);
  const address = addressOf(context.variables);
  const deal = String(context.crm.objectId);
  const parcours = useMemo(
    () => (address === null ? null : parcoursAt(address, deal, language)),
    [address, deal, language],
  );
  const texts = TEXTS[language];
  if (parcours === null) return <Notice title={texts.notSetUp} text={texts.notSetUpWhy} />;
  // Another deal or language starts afresh: nothing of the one before may stand beside it.
  return <Journey key={`${deal} ${language}`} parcours={parcours} actions={actions} texts={texts} />;
}
