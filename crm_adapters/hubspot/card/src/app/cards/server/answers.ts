import { list, maybe, number, oneOf, OddShape, record, text, truth, type Shape } from "./shape";

export interface Stage {
  name: string;
  number: number | null;
  of: number;
  days: number | null;
}

export interface NextMeeting {
  title: string;
  why: string;
  at: string | null;
}

export interface PlannedMeeting {
  ref: string;
  title: string;
  at: string;
  over: boolean;
}

export interface Words {
  text: string;
  by: string;
  at: string;
}

export interface Look {
  name: string;
  stage: Stage;
  state: "open" | "won" | "lost" | "outside";
  direction: string;
  way: "forward" | "back" | "still" | null;
  missing: string[];
  next: NextMeeting | null;
  planned: PlannedMeeting | null;
  words: Words | null;
  may_log: boolean;
}

export const look: Shape<Look> = record({
  name: text,
  stage: record<Stage>({ name: text, number: maybe(number), of: number, days: maybe(number) }),
  state: oneOf("open", "won", "lost", "outside"),
  direction: text,
  way: maybe(oneOf("forward", "back", "still")),
  missing: list(text),
  next: maybe(record<NextMeeting>({ title: text, why: text, at: maybe(text) })),
  planned: maybe(record<PlannedMeeting>({ ref: text, title: text, at: text, over: truth })),
  words: maybe(record<Words>({ text, by: text, at: text })),
  may_log: truth,
});

export interface Launch {
  address: string;
}

const address: Shape<string> = (value) => {
  const found = text(value);
  if (!found.startsWith("https://")) throw new OddShape("not an address");
  return found;
};

export const launch: Shape<Launch> = record({ address });

export interface Logged {
  message: string;
}

export const logged: Shape<Logged> = record({ message: text });

export interface Told {
  status: "unknown_user" | "unknown_deal" | "refused";
  message: string;
}

export const told: Shape<Told> = record({
  status: oneOf("unknown_user", "unknown_deal", "refused"),
  message: text,
});
