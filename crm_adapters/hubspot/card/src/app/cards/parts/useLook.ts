import { useCallback, useEffect, useRef, useState } from "react";

import type { Look } from "../server/answers";
import type { Parcours } from "../server/parcours";

export type Trouble = { kind: "told"; message: string } | { kind: "failed" };

export interface Looked {
  /** What was last seen: a later look that fails takes nothing away. */
  look: Look | null;
  trouble: Trouble | null;
  busy: boolean;
  again: () => void;
}

export function useLook(parcours: Parcours): Looked {
  const [look, setLook] = useState<Look | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(true);
  const latest = useRef(0);

  const again = useCallback(() => {
    const mine = ++latest.current;
    setBusy(true);
    void parcours.look().then((answer) => {
      // Answers may overtake each other.
      if (mine !== latest.current) return;
      setBusy(false);
      if (answer.kind === "ok") setLook(answer.value);
      // Who may no longer see the deal keeps nothing of it on the screen.
      if (answer.kind === "told") setLook(null);
      setTrouble(answer.kind === "ok" ? null : answer);
    });
  }, [parcours]);

  useEffect(again, [again]);

  return { look, trouble, busy, again };
}
