export const AUDIT_KINDS = ['engine', 'network', 'container', 'attachment', 'swarm', 'node', 'service', 'webhook', 'api-key'] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** What each write is called on record, by its name in OpenAPI or GraphQL: the same through both faces. */
const ACTIONS: Readonly<Record<string, `${AuditKind}.${string}`>> = {
  addEngine: 'engine.add',
  updateEngine: 'engine.update',
  removeEngine: 'engine.remove',
  testEngine: 'engine.test',
  createNetwork: 'network.create',
  pruneNetworks: 'network.prune',
  removeNetwork: 'network.remove',
  createContainer: 'container.create',
  removeContainer: 'container.remove',
  startContainer: 'container.start',
  stopContainer: 'container.stop',
  restartContainer: 'container.restart',
  pauseContainer: 'container.pause',
  unpauseContainer: 'container.unpause',
  attach: 'attachment.attach',
  createAttachment: 'attachment.attach',
  putAttachment: 'attachment.attach',
  detach: 'attachment.detach',
  removeAttachment: 'attachment.detach',
  removeNetworkAttachment: 'attachment.detach',
  formSwarm: 'swarm.form',
  addNode: 'node.add',
  addSwarmNode: 'node.add',
  updateNode: 'node.update',
  updateSwarmNode: 'node.update',
  removeNode: 'node.remove',
  removeSwarmNode: 'node.remove',
  createService: 'service.create',
  updateService: 'service.update',
  removeService: 'service.remove',
  createWebhook: 'webhook.create',
  updateWebhook: 'webhook.update',
  removeWebhook: 'webhook.remove',
  testWebhook: 'webhook.test',
  rotateWebhookSecret: 'webhook.rotate-secret',
  redeliver: 'webhook.redeliver',
  redeliverRange: 'webhook.redeliver-range',
  createApiKey: 'api-key.create',
  rotateApiKey: 'api-key.rotate',
  revokeApiKey: 'api-key.revoke',
};

/** After these nothing is left to show. */
const REMOVALS: ReadonlySet<string> = new Set([
  ...['engine.remove', 'network.prune', 'network.remove', 'container.remove', 'attachment.detach', 'node.remove'],
  ...['service.remove', 'webhook.remove', 'api-key.revoke'],
]);

/** Where a write names its target, by kind: parameters of the path, arguments, fields of the body; the first that is there. */
const NAMED_BY: Readonly<Record<AuditKind, readonly string[]>> = {
  engine: ['engine', 'name'],
  network: ['network', 'ref', 'name'],
  container: ['container', 'ref', 'name'],
  attachment: ['id'],
  swarm: ['swarm', 'ref'],
  node: ['node', 'ref', 'engine'],
  service: ['service', 'ref', 'name'],
  webhook: ['webhook', 'id'],
  'api-key': ['apiKey', 'id', 'name'],
};

type Fields = Readonly<Record<string, unknown>>;

export interface AuditAction {
  readonly action: string;
  /** null for a write that has no name here yet: it goes on record all the same. */
  readonly kind: AuditKind | null;
}

export function actionOf(operation: string): AuditAction {
  const action = Object.hasOwn(ACTIONS, operation) ? ACTIONS[operation] : undefined;
  if (action === undefined) return { action: operation, kind: null };
  return { action, kind: AUDIT_KINDS.find((kind) => action.startsWith(`${kind}.`)) ?? null };
}

export function isRemoval(action: string): boolean {
  return REMOVALS.has(action);
}

/** The actions that a filter means; `network.*` stands for a whole family. */
export function matchingActions(wanted: readonly string[]): readonly string[] {
  const all = [...new Set(Object.values(ACTIONS))];
  return wanted.flatMap((each) => (each.endsWith('.*') ? all.filter((action) => action.startsWith(each.slice(0, -1))) : [each]));
}

/** What the caller calls that which it wants something done to, by the address or arguments and by the input; null where it names nothing. */
export function referenceIn(kind: AuditKind | null, given: Fields, input: Fields): string | null {
  // Neither is copied: nobody has looked yet at how much is in them.
  const named = (name: string): string | undefined => [given[name], input[name]].find((value) => typeof value === 'string');
  const [network, container] = [named('network'), named('container')];
  if (kind === 'attachment' && network !== undefined && container !== undefined) return `${network}/${container}`;
  // A write that is not known here is named by its address or arguments.
  const names = kind === null ? Object.keys(given) : NAMED_BY[kind];
  return names.map(named).find((value) => value !== undefined) ?? null;
}
