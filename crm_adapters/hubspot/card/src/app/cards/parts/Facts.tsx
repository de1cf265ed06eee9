import { Flex, Heading, List, StatusTag, Tag, Text } from "@hubspot/ui-extensions";
import type { ReactNode } from "react";

import type { Look, NextMeeting, Words } from "../server/answers";
import type { Texts } from "../words/texts";

const MOST_MISSING = 4;
const COLOURS = { forward: "success", back: "warning", still: "default" } as const;

export function Standing({ look, texts }: { look: Look; texts: Texts }) {
  const { stage, state, direction, way } = look;
  const place = [
    stage.number === null ? null : texts.stageOf(stage.number, stage.of),
    stage.days === null ? null : texts.days(stage.days),
  ].filter((part) => part !== null);
  return (
    <Flex direction="column" gap="xs">
      <Heading>{stage.name}</Heading>
      {place.length === 0 ? null : <Text variant="microcopy">{place.join(" · ")}</Text>}
      {state === "open" ? null : <Tag variant={state === "won" ? "success" : "default"}>{texts.state[state]}</Tag>}
      <Direction way={way} sentence={direction} />
    </Flex>
  );
}

function Direction({ way, sentence }: { way: Look["way"]; sentence: string }) {
  if (sentence === "") return null;
  if (way === null) return <Text>{sentence}</Text>;
  return (
    <StatusTag variant={COLOURS[way]} hollow>
      {sentence}
    </StatusTag>
  );
}

export function Missing({ missing, texts }: { missing: readonly string[]; texts: Texts }) {
  if (missing.length === 0) return null;
  const rest = missing.length - MOST_MISSING;
  return (
    <Part title={texts.missing}>
      <List variant="unordered-styled">
        {missing.slice(0, MOST_MISSING).map((evidence) => <Text key={evidence}>{evidence}</Text>)}
      </List>
      {rest > 0 ? <Text variant="microcopy">{texts.more(rest)}</Text> : null}
    </Part>
  );
}

export function Next({ next, texts }: { next: NextMeeting | null; texts: Texts }) {
  if (next === null) return null;
  return (
    <Part title={texts.next}>
      <Text>{next.at === null ? next.title : `${next.title} · ${next.at}`}</Text>
      {next.why === "" ? null : <Text variant="microcopy">{next.why}</Text>}
    </Part>
  );
}

export function LastWords({ words, texts }: { words: Words | null; texts: Texts }) {
  if (words === null) return null;
  return (
    <Part title={texts.words}>
      <Text format={{ italic: true }}>{texts.quote(words.text)}</Text>
      <Text variant="microcopy">{[words.by, words.at].filter((part) => part !== "").join(" · ")}</Text>
    </Part>
  );
}

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Flex direction="column" gap="flush">
      <Text format={{ fontWeight: "demibold" }}>{title}</Text>
      {children}
    </Flex>
  );
}
