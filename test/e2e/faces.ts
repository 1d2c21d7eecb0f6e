import type { StartedApp } from '../support/start-app.js';
import type { Face } from './face.js';
import { graphqlFace } from './graphql-face.js';
import { restFace } from './rest-face.js';

/** Both faces, for `describe.each(FACES)('%s', (_name, faceOf) => …)`. */
export const FACES: readonly (readonly [name: Face['name'], faceOf: (app: StartedApp) => Face])[] = [
  ['REST', restFace],
  ['GraphQL', graphqlFace],
];
