import { join } from 'node:path';

/** What Node is given to run the built service, as `npm start` does. */
export function serviceArguments(...ofNode: readonly string[]): string[] {
  return ['--enable-source-maps', ...ofNode, join(import.meta.dirname, '../dist/main.js')];
}

/** Where the service says that it listens; undefined as long as it has not. */
export function listeningAddress(output: string): string | undefined {
  return /^Fairlead listens on (\S+)$/m.exec(output)?.[1]?.replace('//0.0.0.0', '//127.0.0.1');
}
