import { Alert, Button, Flex, Text } from "@hubspot/ui-extensions";

interface Props {
  title: string;
  text?: string;
  retry?: { label: string; press: () => void; disabled?: boolean };
}

/** What can't be shown or done, and the way on. */
export function Notice({ title, text, retry }: Props) {
  return (
    <Flex direction="column" gap="sm" align="start">
      <Alert title={title} variant="info">
        {text === undefined ? null : <Text>{text}</Text>}
      </Alert>
      {retry === undefined ? null : (
        <Button variant="secondary" size="sm" disabled={retry.disabled ?? false} onClick={retry.press}>
          {retry.label}
        </Button>
      )}
    </Flex>
  );
}
