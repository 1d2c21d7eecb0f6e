import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { OpenLimits } from './open-limits.js';

/** One of those that are open may end any time. */
const RETRY_AFTER_SECONDS = 10;

/** What is open for each key, and no more of it than is allowed. */
@Injectable()
export class OpenPerKey {
  private readonly streams = new Map<string, number>();
  private readonly sockets = new Map<string, number>();
  private readonly connections = new Map<string, number>();

  constructor(private readonly limits: OpenLimits) {}

  /** For a stream or subscription; to be called when it ends. Fails with `RATE_LIMITED`. */
  openStream(keyId: string): () => void {
    return take(this.streams, keyId, this.limits.streamsPerKey, 'event streams and subscriptions');
  }

  /** For a WebSocket; to be called when it is closed. Fails with `RATE_LIMITED`. */
  openSocket(keyId: string): () => void {
    return take(this.sockets, keyId, this.limits.socketsPerKey, 'WebSockets');
  }

  /** For a connection over which the key came first; to be called when it is closed. Fails with `RATE_LIMITED`. */
  openConnection(keyId: string): () => void {
    return take(this.connections, keyId, this.limits.connectionsPerKey, 'connections');
  }
}

function take(open: Map<string, number>, keyId: string, most: number, what: string): () => void {
  const count = open.get(keyId) ?? 0;
  if (count >= most) {
    const detail = `At most ${most} ${what} may be open at once with one API key. Close some first.`;
    throw new DomainError('RATE_LIMITED', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  open.set(keyId, count + 1);
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    const left = (open.get(keyId) ?? 1) - 1;
    if (left === 0) open.delete(keyId);
    else open.set(keyId, left);
  };
}
