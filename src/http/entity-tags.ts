/** The tags in an `If-Match` or `If-None-Match` header; `*` where any state will do; undefined without a header. */
export type EntityTags = readonly string[] | '*' | undefined;

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

export function parseEntityTags(header: string | undefined): EntityTags {
  const text = header?.trim();
  if (!text) return undefined;
  return text === '*' ? '*' : (text.match(TAG) ?? []);
}

/** Weak comparison, as RFC 9110 wants it for `If-None-Match`. */
export function isNotModified(ifNoneMatch: EntityTags, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch === '*' || ifNoneMatch.some((given) => given.replace(/^W\//, '') === tag);
}
