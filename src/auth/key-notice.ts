import type { KeptKey } from '../secrets/key-file.js';

/** Says where the first key is kept. The key itself is for the eyes at a terminal, never for a log. */
export function tellWhereKeyIs(kept: KeptKey | undefined, out: NodeJS.WriteStream): void {
  if (kept === undefined) return;
  out.write(`API key ${kept.isNew ? 'made and kept' : 'kept'} in ${kept.path}\n`);
  if (out.isTTY) out.write(`API key: ${kept.key}\n`);
}
