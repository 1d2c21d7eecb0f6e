import { DomainError } from '../../errors/domain.error.js';
import type { ErrorCode } from '../../errors/error-codes.js';
import { ATTACHMENT_REFUSALS } from './attachment.errors.js';
import { CONTAINER_NETWORK_REFUSALS, CONTAINER_REFUSALS } from './container.errors.js';
import { DRIVER_REFUSALS } from './driver.errors.js';
import { ENGINE_OPERATIONS, type EngineOperation, type EngineRefusal, type RefusalRule } from './engine-refusal.js';
import { NETWORK_REFUSALS } from './network.errors.js';
import { PODMAN_REFUSALS } from './podman.errors.js';
import { REQUEST_REFUSALS } from './request.errors.js';
import { SWARM_REFUSALS } from './swarm.errors.js';

/** The first rule that fits wins: the narrower wording stands before the wider one. */
export const REFUSAL_RULES: readonly RefusalRule[] = [
  ...REQUEST_REFUSALS,
  ...PODMAN_REFUSALS,
  ...SWARM_REFUSALS,
  ...DRIVER_REFUSALS,
  ...NETWORK_REFUSALS,
  ...CONTAINER_NETWORK_REFUSALS,
  ...CONTAINER_REFUSALS,
  ...ATTACHMENT_REFUSALS,
];

const MISSING_SUBJECT: Partial<Record<EngineOperation, ErrorCode>> = {
  'network.inspect': 'NETWORK_NOT_FOUND',
  'network.remove': 'NETWORK_NOT_FOUND',
  'container.inspect': 'CONTAINER_NOT_FOUND',
  'container.start': 'CONTAINER_NOT_FOUND',
  'container.stop': 'CONTAINER_NOT_FOUND',
  'container.restart': 'CONTAINER_NOT_FOUND',
  'container.pause': 'CONTAINER_NOT_FOUND',
  'container.unpause': 'CONTAINER_NOT_FOUND',
  'container.remove': 'CONTAINER_NOT_FOUND',
  'node.update': 'NODE_NOT_FOUND',
  'node.remove': 'NODE_NOT_FOUND',
  'service.update': 'SERVICE_NOT_FOUND',
  'service.remove': 'SERVICE_NOT_FOUND',
  'image.inspect': 'IMAGE_NOT_FOUND',
  'image.pull': 'IMAGE_NOT_FOUND',
};
/** Where the engine judges what the user wrote; elsewhere a 400 is about a request of our own making. */
const JUDGES_INPUT: ReadonlySet<EngineOperation> = new Set([
  ...(['network.create', 'container.create', 'attach', 'service.create', 'service.update'] as const),
  ...(['swarm.init', 'swarm.join'] as const),
]);

/** What an engine's refusal means: by its words first, by its status second (engine-facts 3: statuses mislead). */
export function toDomainError(refusal: EngineRefusal): DomainError {
  const { engine, message: engineMessage } = refusal;
  for (const rule of REFUSAL_RULES) {
    if (rule.operations !== undefined && !rule.operations.includes(refusal.operation)) continue;
    const match = rule.pattern.exec(refusal.message);
    if (match === null || (rule.when !== undefined && !rule.when(refusal, match))) continue;
    const detail = rule.detail.replace(/\$(\d)/g, (_, group: string) => caught(match, Number(group)));
    const errors = rule.field === undefined ? undefined : [{ field: rule.field, message: detail }];
    return new DomainError(rule.code, detail, { ...rule.extras, ...(errors && { errors }), engine, engineMessage });
  }
  return byStatus(refusal);
}

/** A pattern of several wordings catches the same thing in another group for each. */
function caught(match: RegExpExecArray, group: number): string {
  return match[group] ?? match.slice(1).find((text) => text !== undefined) ?? '';
}

function byStatus({ engine, operation, status, message: engineMessage }: EngineRefusal): DomainError {
  const doing = ENGINE_OPERATIONS[operation];
  const missing = status === 404 ? MISSING_SUBJECT[operation] : undefined;
  if (missing !== undefined) {
    return new DomainError(missing, `Engine ${engine} found nothing when ${doing}.`, { engine, engineMessage });
  }
  if (status === 400 && JUDGES_INPUT.has(operation)) {
    return new DomainError('VALIDATION_FAILED', `Engine ${engine} refuses the settings when ${doing}.`, {
      engine,
      engineMessage,
    });
  }
  return new DomainError('ENGINE_ERROR', `Engine ${engine} answered ${status} when ${doing}.`, {
    engine,
    engineMessage,
    // A gateway in between cannot know what the engine behind it did.
    ...((status === 502 || status === 504) && { outcome: 'unknown' as const }),
  });
}
