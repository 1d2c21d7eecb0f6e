/** What REST shows as a map is a list of `{key, value}` in GraphQL; `dns.options` is a plain list on both. */
const MAPS = ['labels', 'options', 'auxiliaryAddresses', 'driverOptions', 'attributes'];

type Json = Readonly<Record<string, unknown>>;

function isMap(name: string, parent: string): boolean {
  return MAPS.includes(name) && parent !== 'dns';
}

/** An answer of GraphQL in the shape of REST's: maps, engines by name, no entity tags inside. */
export function fromGraphql(value: unknown, name = '', parent = ''): unknown {
  if (Array.isArray(value)) {
    if (isMap(name, parent)) return Object.fromEntries((value as { key: string; value: string }[]).map((pair) => [pair.key, pair.value]));
    if (name === 'previous') {
      const fields = value as { field: string; json: string }[];
      return Object.fromEntries(fields.map(({ field, json }) => [field, JSON.parse(json) as unknown]));
    }
    return value.map((item) => (name === 'engines' ? (item as { name: string }).name : fromGraphql(item, name, parent)));
  }
  if (typeof value !== 'object' || value === null) return value;
  if (name === 'engine') return (value as { name: string }).name;
  if (name === 'sharesNetworkOf') return (value as { id: string }).id;
  const fields = Object.entries(value as Json).filter(([field]) => field !== 'etag');
  return Object.fromEntries(fields.map(([field, item]) => [field, fromGraphql(item, field, name)]));
}

/** An input as REST takes it in the shape that GraphQL takes: maps as lists. */
export function toGraphql(value: unknown, name = '', parent = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => toGraphql(item, name, parent));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Json);
  if (isMap(name, parent)) return entries.map(([key, item]) => ({ key, value: item }));
  return Object.fromEntries(entries.map(([field, item]) => [field, toGraphql(item, field, name)]));
}
