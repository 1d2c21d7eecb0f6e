import fc from 'fast-check';
import type { GraphqlRequest, RestRequest } from '../support/operation-walk.js';

/** Whose key is shown. */
export type Who = 'administrator' | 'narrowed' | 'nobody' | 'stranger';

interface Change {
  readonly at: number;
  readonly how: 'fit' | 'put' | 'drop' | 'add' | 'repeat' | 'wrap';
  /** Of the type that is there, for `fit`. */
  readonly text: string;
  readonly number: number;
  readonly odd: unknown;
}

/** What is done to a good request, whichever it is. Simple draws shrink to the request itself. */
export interface Draw {
  readonly who: Who;
  readonly manner: 'least' | 'most';
  /** In place of the right one. */
  readonly method: string | null;
  /** Which of the things that are there. */
  readonly pick: number;
  /** In order of their places in the body or the variables, counted around. */
  readonly changes: readonly Change[];
  /** For the parts of the path that name something. */
  readonly names: readonly (string | null)[];
  readonly query: readonly { readonly of: number; readonly value: string | null; readonly as: 'one' | 'twice' | 'list' | 'field' }[];
  readonly headers: Readonly<Record<string, string>>;
  /** Done to the text of the body. */
  readonly broken: 'no' | 'cut' | 'empty' | 'bom' | 'nul' | 'huge number' | 'deep' | 'twice' | 'not json';
  /** Done to the text of a GraphQL operation. */
  readonly asked: 'as it is' | 'aliases' | 'odd field' | 'introspection' | 'fragments' | 'directive' | 'cut' | 'odd literal' | 'deep';
}

/** As it is sent: the path with its query, the body as text. */
export interface Sent {
  readonly operation: string;
  readonly who: Who;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const ODD_TEXTS = [
  '', ' ', '\0', 'a\0b', '\ud800', '\udc00\ud800', '\u202egnp.exe', '\u{1f469}\u200d\u{1f692}', '\ufeff', 'Ｗｅｂ', 'é', 'e\u0301', '\r\nX: y',
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', 'true', '-1', '0', '1e999', '0x10', '9007199254740993',
  '../../etc/passwd', '..', '.', '/', '%', '%00', '%2e%2e%2f', "'; drop table networks; --", '${7*7}', '{{7*7}}', '<script>', '*', '**', 'a-*', '-', '--', ',', '=', '!', '(', 'a in (', 'a notin ()',
  '10.0.0.0/8', '10.0.0.1/33', '0.0.0.0/0', '::/0', '::ffff:10.0.0.1', 'fe80::1%eth0', '999.1.1.1', '256.256.256.256/32', '01:02', 'ff:ff:ff:ff:ff:ff', '2999-01-01T00:00:00Z', '0000-00-00', '+275760-09-13T00:00:00Z', '1970-01-01T00:00:00.000000000Z',
  'file:///etc/passwd', 'http://[::1', 'http://a:b@127.0.0.1:0/', 'javascript:1', 'tcp://:0', 'ssh://', 'unix://', 'unix:///', 'name', '-name,name', 'id,id,id', 'W/"x"', '"', 'host', 'none', 'bridge', 'default', 'ingress', 'container:web',
];
const ODD_NUMBERS = [0, -0, -1, 0.5, 1e21, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, Number.MAX_SAFE_INTEGER, -(2 ** 63), 65_535, 65_536];
const LONG = ['a'.repeat(300), 'é'.repeat(5_000), '\u{1f600}'.repeat(2_000), 'a,'.repeat(2_000), '('.repeat(500), '1.'.repeat(500), `${'a'.repeat(63)}.`.repeat(20), '9'.repeat(400)];

const LONGEST_HEAD = 4_000;

const oddText = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: fc.constantFrom(...LONG) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.array(fc.nat(0xff_ff), { maxLength: 8 }).map((units) => String.fromCharCode(...units)) },
);
const oddKey = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', 'length', '', 'then', 'toJSON', '0'), oddText);
const oddValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 6, arbitrary: oddText },
    { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, ...ODD_NUMBERS) },
    { weight: 1, arbitrary: fc.double() },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(fc.tuple(oddKey, tie('value')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)) },
    { weight: 1, arbitrary: fc.nat(400).map((depth) => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 0)) },
  ),
})).value;

/** Of what a header can hold: others are refused by the client before they are sent. */
const headerText = fc.oneof(oddText, fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 30 }))
  .map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 4_000));
const header = (weight: number, names: readonly string[], ...values: readonly string[]) => {
  const text = values.length === 0 ? headerText : fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: headerText });
  return { weight, arbitrary: fc.tuple(fc.constantFrom(...names), text) };
};
const oddHeader = fc.oneof(
  header(4, ['if-match', 'if-none-match'], '*', '"1"', 'W/"1"', '"', '"a","b"', ','),
  header(2, ['idempotency-key'], 'again', 'again-2', 'x'.repeat(255), 'x'.repeat(256)),
  header(2, ['accept'], '*/*', 'text/html', 'text/event-stream', 'application/json;q=0', 'application/graphql-response+json', 'multipart/mixed'),
  header(1, ['content-type'], 'text/plain', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/JSON'),
  header(1, ['content-encoding'], 'gzip', 'br', 'identity'),
  header(8, ['x-request-id', 'last-event-id', 'origin', 'x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'accept-encoding', 'range', 'cookie', 'traceparent', 'x-http-method-override']),
);

const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

/** None in half of the cases: much of what fails early hides what would fail later. */
const few = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.oneof(fc.constant<T[]>([]), fc.array(of, { minLength: 1, maxLength: 3 }));

export const draws: fc.Arbitrary<Draw> = fc.record({
  who: fc.oneof(
    { weight: 15, arbitrary: fc.constant<Who>('administrator') },
    { weight: 3, arbitrary: fc.constant<Who>('narrowed') },
    { weight: 1, arbitrary: fc.constantFrom<Who>('nobody', 'stranger') },
  ),
  manner: fc.constantFrom('least', 'most'),
  method: fc.oneof({ weight: 40, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom('HEAD', 'OPTIONS', 'PUT', 'PATCH', 'TRACE', 'PROPFIND', 'POST') }),
  pick: fc.nat(1_000),
  changes: few(fc.record({
    at: fc.nat(60),
    // What is refused for its type never comes to the rules behind.
    how: fc.oneof({ weight: 3, arbitrary: fc.constant('fit') }, { weight: 1, arbitrary: fc.constantFrom('put', 'drop', 'add', 'repeat', 'wrap') }),
    ...{ text: oddText, number: fc.constantFrom(...ODD_NUMBERS), odd: oddValue },
  })),
  names: fc.array(fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: oddText }), { minLength: 2, maxLength: 2 }),
  query: few(fc.record({ of: fc.nat(30), value: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: oddText }), as: mostly('one', 'twice', 'list', 'field') })),
  headers: few(oddHeader).map((pairs) => Object.fromEntries(pairs)),
  broken: mostly('no', 'cut', 'empty', 'bom', 'nul', 'huge number', 'deep', 'twice', 'not json'),
  asked: mostly('as it is', 'aliases', 'odd field', 'introspection', 'fragments', 'directive', 'cut', 'odd literal', 'deep'),
});

export function restCase({ operation, method, path, query, body }: RestRequest, draw: Draw): Sent {
  let part = 0;
  const segments = path.split('/').map((segment, index) => {
    const isName = operation.split(' ')[1]?.split('/')[index]?.startsWith('{') ?? false;
    const odd = isName ? draw.names[part++] : null;
    return odd === null || odd === undefined ? segment : escaped(odd);
  });
  const asked = draw.query.map((one) => parameter(one, query)).join('&');
  const target = `${segments.join('/')}${asked && `?${asked}`}`;
  // A head that is too long is refused before its method is known, so with a body, which clients do not expect of HEAD.
  const as = draw.method === 'HEAD' && target.length > LONGEST_HEAD ? null : draw.method;
  const text = body === undefined ? undefined : brokenText(JSON.stringify(changed(freshlyNamed(body), draw)), draw);
  return {
    ...{ operation, who: draw.who, method: as ?? method, path: target },
    ...{ headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...draw.headers }, body: text },
  };
}

export function graphqlCase({ operation, query, variables }: Pick<GraphqlRequest, 'operation' | 'query' | 'variables'>, draw: Draw): Sent {
  const text = JSON.stringify({ query: otherQuery(query, draw), variables: changed({ ...variables, ...('input' in variables ? { input: freshlyNamed(variables['input']) } : {}) }, draw) });
  return {
    ...{ operation, who: draw.who, method: 'POST', path: '/graphql', body: brokenText(text, draw) },
    headers: { 'content-type': 'application/json', ...draw.headers },
  };
}

/** What is made is to have a name of its own. */
function freshlyNamed(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'name' in body ? { ...body, name: 'fresh-name' } : body;
}

/** Percent-encoded whatever it is: `encodeURIComponent` refuses lone surrogates. Some are left as they are written. */
function escaped(text: string): string {
  if (/^[%./*]+$|^%00$|^%2e/.test(text)) return text;
  return text.replaceAll(/[\ud800-\udfff]{1,2}|[^]/g, (unit) => (unit.isWellFormed() ? encodeURIComponent(unit) : '%ED%A0%80'));
}

function parameter({ of, value, as }: Draw['query'][number], known: RestRequest['query']): string {
  const [name, usual] = known[of % Math.max(known.length, 1)] ?? ['unknown', 'x'];
  const written = value === null ? encodeURIComponent(String(usual)) : escaped(value);
  const forms = { one: `${name}=${written}`, twice: `${name}=${written}&${name}=${written}`, list: `${name}[]=${written}`, field: `${name}[__proto__]=${written}&${written}` };
  return forms[as];
}

type Node = Record<string, unknown> | unknown[];

function changed(base: unknown, { changes }: Draw): unknown {
  const body = { whole: structuredClone(base) };
  for (const change of changes) {
    const places = placesIn(body);
    const [parent, key] = places[change.at % places.length] ?? [body, 'whole'];
    alter(parent as Record<string, unknown>, key, change);
  }
  return body.whole ?? null;
}

function placesIn(node: unknown, found: (readonly [Node, string])[] = []): (readonly [Node, string])[] {
  if (typeof node !== 'object' || node === null || found.length > 200) return found;
  for (const key of Object.keys(node)) {
    found.push([node as Node, key]);
    placesIn((node as Record<string, unknown>)[key], found);
  }
  return found;
}

function alter(parent: Record<string, unknown>, key: string, { how, text, number, odd }: Change): void {
  const value = parent[key];
  const put = (what: unknown, at = key): void => void Object.defineProperty(parent, at, { value: what, enumerable: true, configurable: true, writable: true });
  if (how === 'put') put(odd);
  if (how === 'fit' && typeof value === 'string') put(text);
  if (how === 'fit' && typeof value === 'number') put(number);
  if (how === 'fit' && typeof value === 'boolean') put(!value);
  if (how === 'wrap') put([value]);
  if (how === 'repeat') put(Array.from({ length: 30 }, () => value));
  if (how === 'drop') Reflect.deleteProperty(parent, key);
  if (how === 'add' && !Array.isArray(parent)) put(odd, typeof odd === 'string' ? odd : '__proto__');
}

function brokenText(text: string, { broken }: Draw): string {
  switch (broken) {
    case 'no': return text;
    case 'cut': return text.slice(0, Math.ceil(text.length / 2));
    case 'empty': return '';
    case 'bom': return `\ufeff${text}`;
    case 'nul': return `${text}\0`;
    case 'huge number': return text.replace(/:("[^"]*"|\d+)/, ':1e999');
    case 'deep': return `${'{"a":['.repeat(5_000)}${']}'.repeat(5_000)}`;
    case 'twice': return text + text;
    case 'not json': return 'name=web&name=db';
  }
}

function otherQuery(query: string, { asked, changes }: Draw): string {
  const name = /\{ (\w+)/.exec(query)?.[1] ?? '';
  const call = query.slice(query.indexOf('{') + 1, query.lastIndexOf('}'));
  const head = query.slice(0, query.indexOf('{'));
  switch (asked) {
    case 'as it is': return query;
    case 'aliases': return `${head}{ a: ${call} b: ${call} __proto__: __typename }`;
    case 'odd field': return query.replace('__typename', '__typename constructor __proto__');
    case 'introspection': return '{ __schema { types { name fields { name type { name ofType { name ofType { name } } } } } } }';
    case 'fragments': return `${query} fragment A on Query { ...B } fragment B on Query { ...A }`;
    case 'directive': return query.replace('__typename', '__typename @skip(if: true) @include(if: "no") @nosuch');
    case 'cut': return query.slice(0, Math.ceil(query.length / 2));
    case 'odd literal': return `${head.trim().split(/\W/)[0]} { ${name}(ref: ${literal(changes[0]?.odd)}, input: { a: $no }) { id } }`;
    case 'deep': return `${head}${'{ a '.repeat(600)}${'}'.repeat(600)}`;
  }
}

function literal(odd: unknown): string {
  return JSON.stringify(odd) ?? '"""\0"""';
}
