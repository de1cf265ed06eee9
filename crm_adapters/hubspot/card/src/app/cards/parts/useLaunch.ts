import { useRef, useState } from "react";

import type { CrmActions } from "../context";
import type { Page, Parcours } from "../server/parcours";
import type { Texts } from "../words/texts";

const SIZES: Record<Page, { width: number; height: number }> = {
  panel: { width: 480, height: 800 },
  log: { width: 480, height: 800 },
  kit: { width: 1100, height: 800 },
};

export interface Launching {
  busy: Page | null;
  open: (page: Page, title: string) => void;
}

/** The address is good for a minute and for one use: it is asked for at the press, and opened at once. */
export function useLaunch(parcours: Parcours, actions: CrmActions, texts: Texts, closed: () => void): Launching {
  const [busy, setBusy] = useState<Page | null>(null);
  const asking = useRef(false);

  function open(page: Page, title: string): void {
    if (asking.current) return;
    asking.current = true;
    setBusy(page);
    void parcours.launch(page).then((answer) => {
      asking.current = false;
      setBusy(null);
      if (answer.kind === "ok") {
        actions.openIframeModal({ uri: answer.value.address, title, ...SIZES[page] }, closed);
      } else {
        actions.addAlert({ type: "warning", message: answer.kind === "told" ? answer.message : texts.notOpened });
      }
    });
  }

  return { busy, open };
}
