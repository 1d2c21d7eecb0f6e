import { readFileSync } from 'node:fs';

export interface Started {
  readonly url: string;
  /** Where the service keeps the key; undefined when FAIRLEAD_API_KEY is set. */
  readonly keyPath: string | undefined;
  readonly logPath: string;
}

/** What to do next. The key itself is for eyes at a terminal: elsewhere its place is told, and the shell reads it. */
export function welcome({ url, keyPath, logPath }: Started, isTerminal = process.stdout.isTTY): string {
  const shown = shownKey(keyPath, isTerminal);
  const authorization = `-H "Authorization: Bearer ${shown.inCommands}"`;
  const query = '{"query":"{ networks(first: 5) { nodes { name driver attachments { containerName ipv4Address } } } }"}';
  return `
Fairlead is ready.

  URL       ${url}
  API key   ${shown.label}
  GraphiQL  ${url}/graphql
  REST docs ${url}/docs
  Log       ${logPath}

REST:
  curl -s ${authorization} "${url}/v1/networks?limit=5"

GraphQL:
  curl -s ${authorization} -H "Content-Type: application/json" \\
    -d '${query}' ${url}/graphql

Ctrl-C ends it.
`;
}

function shownKey(keyPath: string | undefined, isTerminal: boolean): { label: string; inCommands: string } {
  const ownKey = process.env.FAIRLEAD_API_KEY?.trim();
  if (ownKey) {
    return isTerminal ? { label: ownKey, inCommands: ownKey }
      : { label: 'the one in FAIRLEAD_API_KEY', inCommands: '$FAIRLEAD_API_KEY' };
  }
  if (keyPath === undefined) throw new Error('the service did not say where it keeps the API key');
  if (!isTerminal) return { label: `in ${keyPath}`, inCommands: `$(cat '${keyPath}')` };
  const key = readFileSync(keyPath, 'utf8').trim();
  return { label: key, inCommands: key };
}
