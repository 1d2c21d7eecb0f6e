import type { EventLogTables } from './migrations/0001-event-log.js';
import type { WebhookTables } from './migrations/0002-webhooks.js';
import type { IdempotencyTables } from './migrations/0003-idempotency.js';
import type { EngineTables } from './migrations/0004-engines.js';
import type { ApiKeyTables } from './migrations/0005-api-keys.js';
import type { AuditTables } from './migrations/0006-audit.js';
import type { RateCountTables } from './migrations/0007-rate-counts.js';

/** Every table. Each migration file declares those that it makes; columns of later migrations are added there. */
export type Schema = EventLogTables & WebhookTables & IdempotencyTables & EngineTables & ApiKeyTables & AuditTables & RateCountTables;
