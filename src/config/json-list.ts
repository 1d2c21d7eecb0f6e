import { existsSync } from 'node:fs';
import { readText } from './engine-files.js';
import { SettingsError } from './settings.js';

/** What a list holds, for the line that the operator sees. */
export interface Listed {
  /** In the plural. */
  readonly things: string;
  /** The fields of each. */
  readonly shape: string;
}

/** A variable that is a JSON list, or the path of a file that holds one. */
export function readJsonList(variable: string, text: string, { things, shape }: Listed): readonly unknown[] {
  const inline = /^[[{]/.test(text);
  if (!inline && !existsSync(text)) {
    throw new SettingsError(variable, `is neither a JSON list of ${things} nor a file that exists`);
  }
  const list = parseJson(variable, inline ? text : readText(variable, text));
  if (!Array.isArray(list)) throw new SettingsError(variable, `must be a JSON list of ${shape}`);
  return list;
}

function parseJson(variable: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 repeats what stands around the place, which may be a password.
    const place = /at position \d+/.exec((error as Error).message)?.[0];
    throw new SettingsError(variable, `is not valid JSON${place === undefined ? '' : `, ${place}`}`);
  }
}
