/** What a key can be allowed to do. */
export const SCOPES = [
  'engines:read',
  'engines:manage',
  'networks:read',
  'networks:manage',
  'networks:use',
  'containers:read',
  'containers:manage',
  // Beside containers:manage, and only where the settings allow it to anybody.
  'containers:host-network',
  'images:pull',
  'events:read',
  'webhooks:read',
  'webhooks:manage',
  'metrics:read',
  'keys:manage',
  'audit:read',
] as const;
export type Scope = (typeof SCOPES)[number];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

/** What these show is of the whole service: a key that is narrowed cannot use them. */
export const WHOLE_SCOPES: ReadonlySet<Scope> = new Set(['metrics:read', 'audit:read']);
