import { expect } from 'vitest';
import type { StartedApp } from '../support/start-app.js';
import type { Answer, Face } from './face.js';
import { graphqlFace } from './graphql-face.js';
import { restFace } from './rest-face.js';

/** Both faces, for `describe.each(FACES)('%s', (_name, faceOf) => …)`. */
export const FACES: readonly (readonly [name: Face['name'], faceOf: (app: StartedApp) => Face])[] = [
  ['REST', restFace],
  ['GraphQL', graphqlFace],
];

/** Puts a question to both faces, sees that they answer the same, and answers with REST's. */
export async function agreed<T>(app: StartedApp, ask: (face: Face) => Promise<Answer<T>>): Promise<Answer<T>> {
  const rest = await ask(restFace(app));
  const graphql = await ask(graphqlFace(app));
  expect(comparable(graphql)).toEqual(comparable(rest));
  const tags = [rest, graphql].flatMap((answer) => (answer.ok && answer.etag !== undefined ? [answer.etag] : []));
  // What nobody can write conditionally has a tag over REST only, for its If-None-Match.
  expect(new Set(tags).size).toBeLessThanOrEqual(1);
  return rest;
}

/** Without what only one face tells, and without how old the answer is. */
function comparable(answer: Answer<unknown>): unknown {
  const shown = answer.ok ? { ...answer, changed: undefined, http: undefined, etag: undefined } : answer;
  return JSON.parse(JSON.stringify(shown, (name, value: unknown) => (name === 'syncedAt' ? undefined : value)));
}
