import type { OpenAPIObject } from '@nestjs/swagger';
import { IDEMPOTENCY_KEY_HEADER } from './idempotency-key.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = Extract<NonNullable<Operation['parameters']>[number], { name: string }>;

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

const REFERENCE =
  'its full id, its exact name, or the first 4 or more characters of its id where no other begins so';

/** Parameters that mean the same on every route. */
const COMMON: Readonly<Record<string, { readonly description: string; readonly example: string }>> = {
  'path engine': { description: 'Name of the engine.', example: 'local' },
  'path network': { description: `The network: ${REFERENCE}.`, example: 'web' },
  'path container': { description: `The container: ${REFERENCE}.`, example: 'api-1' },
  'path swarm': { description: 'The swarm: its id, the first 4 or more characters of it, or the name of an engine in it.', example: 'one' },
  'path node': { description: 'The node: its id, the first 4 or more characters of it, or the name of its engine.', example: 'two' },
  'path service': { description: `The service: ${REFERENCE}.`, example: 'web' },
  'path task': { description: `The task: ${REFERENCE}.`, example: 'web.1.n4zg1ocljwjitfarand3fbsp8' },
  'path webhook': { description: 'Id of the webhook.', example: '3f0d8c1e-5a4b-4c6d-9e7f-0a1b2c3d4e5f' },
  'path apiKey': { description: 'Id of the API key.', example: '5c1e9d0a-7b3f-4e2d-8a6c-1f0b9e8d7c6a' },
  'path delivery': { description: 'Id of the delivery.', example: '8b7a6c5d-4e3f-4a2b-8c1d-0e9f8a7b6c5d' },
  'path id': {
    description: 'Id of the resource, as the service shows it.',
    example: '8f3c1a2b4d5e.1b2c3d4e5f60',
  },
  'header If-Match': {
    description: 'ETag that the resource must still have; otherwise 412 `PRECONDITION_FAILED`.',
    example: '"mO3pS0kqX1c"',
  },
  'header Last-Event-ID': {
    description: 'Cursor of the last event seen; what came after is sent first.',
    example: 'e12',
  },
};

const IDEMPOTENCY_KEY: Parameter = {
  name: IDEMPOTENCY_KEY_HEADER,
  in: 'header',
  required: false,
  description:
    '1 to 255 visible ASCII characters of your own making. The same request sent again with the same key within 24 h is ' +
    'not carried out again but answered like the first, with `Idempotent-Replayed: true`.',
  example: '5f0c1f4e-9f6e-4d39-8c2a-0d6f1f3f7a10',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
};

const HEADER_SPELLING: Readonly<Record<string, string>> = {
  'if-match': 'If-Match',
  'last-event-id': 'Last-Event-ID',
};

/** Describes what all routes share, and makes one of two parameters that name the same header. */
export function describeParameters(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation === undefined) continue;
      const parameters = [...(operation.parameters ?? []), ...(method === 'get' ? [] : [IDEMPOTENCY_KEY])];
      const described = parameters.map((one) => ('$ref' in one ? one : describe(one)));
      operation.parameters = described.filter((one, index) => {
        if ('$ref' in one) return true;
        return described.findIndex((other) => 'name' in other && sameParameter(one, other)) === index;
      });
    }
  }
}

function describe(parameter: Parameter): Parameter {
  const name =
    parameter.in === 'header' ? (HEADER_SPELLING[parameter.name] ?? parameter.name) : parameter.name;
  const isHeader = parameter.in === 'header';
  return {
    ...COMMON[`${parameter.in} ${name}`],
    ...parameter,
    name,
    ...(isHeader ? { required: false } : {}),
  };
}

function sameParameter(a: Parameter, b: Parameter): boolean {
  return a.name === b.name && a.in === b.in;
}
