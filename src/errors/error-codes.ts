/**
 * Every error code that a caller may meet, with the kind of failure it is and a short title.
 * `docs/errors.md` lists them for callers; `test/shell/problems.spec.ts` compares the two.
 * A face turns the kind into its own signal (an HTTP status, a GraphQL extension); the code is the same everywhere.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'expired'
  | 'precondition'
  | 'too-large'
  | 'unprocessable'
  | 'rate-limited'
  | 'internal'
  | 'unsupported'
  | 'engine-error'
  | 'unavailable'
  | 'timeout';

interface CodeFacts {
  readonly kind: ErrorKind;
  /** Short, human-readable, the same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
}

export const ERROR_CODES = {
  VALIDATION_FAILED: { kind: 'invalid', title: 'The input is not valid' },
  MALFORMED_REQUEST: { kind: 'invalid', title: 'The request cannot be read' },
  INVALID_CURSOR: { kind: 'invalid', title: 'The cursor is not one that this list gave' },
  QUERY_TOO_COSTLY: { kind: 'invalid', title: 'The query asks for too much at once' },
  UNAUTHENTICATED: { kind: 'unauthenticated', title: 'A valid API key or token is needed' },
  FORBIDDEN: { kind: 'forbidden', title: 'Not allowed' },
  HOST_NOT_ALLOWED: { kind: 'forbidden', title: 'The service is not known by this host name' },
  NOT_FOUND: { kind: 'not-found', title: 'There is nothing at this address' },
  NETWORK_NOT_FOUND: { kind: 'not-found', title: 'No such network' },
  CONTAINER_NOT_FOUND: { kind: 'not-found', title: 'No such container' },
  ATTACHMENT_NOT_FOUND: { kind: 'not-found', title: 'No such attachment' },
  ENGINE_NOT_FOUND: { kind: 'not-found', title: 'No such engine' },
  SWARM_NOT_FOUND: { kind: 'not-found', title: 'No such swarm' },
  NODE_NOT_FOUND: { kind: 'not-found', title: 'No such node' },
  TASK_NOT_FOUND: { kind: 'not-found', title: 'No such task' },
  SERVICE_NOT_FOUND: { kind: 'not-found', title: 'No such service' },
  IMAGE_NOT_FOUND: { kind: 'not-found', title: 'The engine does not have this image' },
  WEBHOOK_NOT_FOUND: { kind: 'not-found', title: 'No such webhook' },
  API_KEY_NOT_FOUND: { kind: 'not-found', title: 'No such API key' },
  DELIVERY_NOT_FOUND: { kind: 'not-found', title: 'No such delivery' },
  METHOD_NOT_ALLOWED: { kind: 'not-found', title: 'This address does not take this method' },
  API_KEY_NAME_TAKEN: { kind: 'conflict', title: 'An API key of this name exists' },
  ENGINE_NAME_TAKEN: { kind: 'conflict', title: 'An engine of this name is looked after' },
  ENGINE_ALREADY_KNOWN: { kind: 'conflict', title: 'The engine is looked after under another name' },
  ENGINE_FROM_SETTINGS: { kind: 'conflict', title: 'The engine belongs to the settings' },
  NETWORK_NAME_TAKEN: { kind: 'conflict', title: 'A network of this name exists' },
  CONTAINER_NAME_TAKEN: { kind: 'conflict', title: 'A container of this name exists' },
  SUBNET_OVERLAP: { kind: 'conflict', title: 'The subnet overlaps another network' },
  ADDRESS_POOL_EXHAUSTED: { kind: 'conflict', title: 'No free address is left' },
  ADDRESS_IN_USE: { kind: 'conflict', title: 'The address is in use' },
  NETWORK_IN_USE: { kind: 'conflict', title: 'The network is in use' },
  NETWORK_BUILTIN: { kind: 'conflict', title: 'The network belongs to the engine' },
  ALREADY_ATTACHED: { kind: 'conflict', title: 'The container is on this network already' },
  ATTACHMENT_DIFFERS: { kind: 'conflict', title: 'The attachment exists with other settings' },
  ATTACHMENT_IMPOSSIBLE: { kind: 'conflict', title: 'These two cannot be attached' },
  PARENT_IN_USE: { kind: 'conflict', title: 'The parent interface is in use' },
  PORT_IN_USE: { kind: 'conflict', title: 'The host port is in use' },
  CONTAINER_STATE: { kind: 'conflict', title: "The container's state does not allow this" },
  BRIDGE_NAME_IN_USE: { kind: 'conflict', title: 'The bridge interface name is in use' },
  AMBIGUOUS_REFERENCE: { kind: 'conflict', title: 'The reference matches more than one' },
  SERVICE_NAME_TAKEN: { kind: 'conflict', title: 'A service of this name exists' },
  ALREADY_IN_SWARM: { kind: 'conflict', title: 'The engine is in a swarm already' },
  NODE_STATE: { kind: 'conflict', title: "The node's state does not allow this" },
  NOT_SWARM_MANAGER: { kind: 'conflict', title: 'The engine is not a swarm manager' },
  WEBHOOK_DISABLED: { kind: 'conflict', title: 'The webhook is disabled' },
  IDEMPOTENCY_IN_PROGRESS: { kind: 'conflict', title: 'A request with this key is being carried out' },
  IDEMPOTENCY_UNFINISHED: { kind: 'conflict', title: 'The first request with this key was not finished' },
  CURSOR_EXPIRED: { kind: 'expired', title: 'The cursor is older than what is kept' },
  PRECONDITION_FAILED: { kind: 'precondition', title: 'The resource has changed' },
  PAYLOAD_TOO_LARGE: { kind: 'too-large', title: 'The request is too large' },
  UNKNOWN_DRIVER: { kind: 'unprocessable', title: 'The engine has no such driver' },
  ADDRESS_OUTSIDE_SUBNET: { kind: 'unprocessable', title: 'The address is outside the subnet' },
  GATEWAY_OUTSIDE_SUBNET: { kind: 'unprocessable', title: 'The gateway is outside the subnet' },
  INVALID_DRIVER_OPTION: { kind: 'unprocessable', title: 'The driver does not take this option' },
  SUBNET_REQUIRED: { kind: 'unprocessable', title: 'A subnet is required' },
  ADDRESS_NOT_ASSIGNABLE: { kind: 'unprocessable', title: 'The address cannot be assigned here' },
  NETWORK_NOT_ATTACHABLE: { kind: 'unprocessable', title: 'The network takes no containers by hand' },
  CONFIG_NETWORK_INVALID: { kind: 'unprocessable', title: 'The configuration network does not fit' },
  IDEMPOTENCY_KEY_REUSED: { kind: 'unprocessable', title: 'The key was used for another request' },
  RATE_LIMITED: { kind: 'rate-limited', title: 'Too many requests' },
  INTERNAL: { kind: 'internal', title: 'Something went wrong in the service' },
  UNSUPPORTED_BY_ENGINE: { kind: 'unsupported', title: 'The engine cannot do this' },
  ENGINE_ERROR: { kind: 'engine-error', title: 'The engine answered with an error' },
  ENGINE_UNREACHABLE: { kind: 'unavailable', title: 'The engine cannot be reached' },
  DATABASE_UNAVAILABLE: { kind: 'unavailable', title: 'The database cannot be used now' },
  ISSUER_UNAVAILABLE: { kind: 'unavailable', title: 'The issuer of the token cannot be asked for its keys' },
  SECRET_KEY_MISMATCH: { kind: 'unavailable', title: 'What is stored was encrypted with another key' },
  ENGINE_TIMEOUT: { kind: 'timeout', title: 'The engine did not answer in time' },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;
