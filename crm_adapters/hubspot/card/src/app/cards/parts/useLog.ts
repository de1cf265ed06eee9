import { useRef, useState } from "react";

import { newKey } from "../server/key";
import type { Logged } from "../server/answers";
import type { Answer, Parcours } from "../server/parcours";

export interface Logging {
  busy: boolean;
  /** The meeting of which nobody knows whether its log arrived. */
  unsure: string | null;
  log: (meeting: string) => void;
}

type Answered = Exclude<Answer<Logged>, { kind: "failed" }>;

/** One tap, one key: it is kept until the server has answered, so that a retry can't log a second time. */
export function useLog(parcours: Parcours, answered: (answer: Answered) => void): Logging {
  const [busy, setBusy] = useState(false);
  const [unsure, setUnsure] = useState<string | null>(null);
  const tap = useRef<{ meeting: string; key: string } | null>(null);
  // A second press may come before the button is drawn anew.
  const sending = useRef(false);

  function log(meeting: string): void {
    if (sending.current) return;
    if (tap.current?.meeting !== meeting) tap.current = { meeting, key: newKey() };
    sending.current = true;
    setBusy(true);
    void parcours.log(meeting, tap.current.key).then((answer) => {
      sending.current = false;
      setBusy(false);
      setUnsure(answer.kind === "failed" ? meeting : null);
      if (answer.kind === "failed") return;
      tap.current = null;
      answered(answer);
    });
  }

  return { busy, unsure, log };
}
