import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { WebSocket } from 'ws';
import type { Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';
import { costOfQuery, costOfReading } from '../limits/costs.js';
import { MinuteCounts } from '../limits/minute-counts.js';
import { OpenLimits } from '../limits/open-limits.js';
import { OpenPerKey } from '../limits/open-per-key.js';
import { keySpent, RateLimits, Turn } from '../limits/rate-limits.js';
import { Strangers } from '../limits/strangers.js';
import { ListSizes, type ListSize } from './list-sizes.js';

const WINDOW_MS = 10_000;
/** Within the window; a message counts once more for each 8 KiB of it. */
const MOST_MESSAGES = 1_000;
const MESSAGE_BYTES = 8 * 1024;
/** Until a key was shown, which takes one. */
const MOST_FROM_STRANGERS = 20;
/** In a minute, over all WebSockets with a key. */
const MOST_WITH_A_KEY = 30_000;
const MOST_KEYS = 100_000;

export interface LimitedSocket {
  readonly socket: WebSocket;
  readonly transport: Socket;
  readonly address: string;
  caller?: Caller;
  /** Of the message that is being looked at. */
  turn?: Turn | undefined;
  /** Ends the count of each subscription that is open, by its id. */
  readonly open: Map<string, () => void>;
  /** Ids of operations that have not ended, even where the client has done with them. */
  readonly busy: Set<string>;
}

/** The limits that hold over HTTP, for whoever comes by WebSocket, and those on the messages of one. */
@Injectable()
export class SocketLimits {
  readonly isIntrospectionAllowed: boolean;
  private readonly messages = new MinuteCounts(MOST_WITH_A_KEY, MOST_KEYS);

  constructor(
    settings: Settings,
    private readonly rates: RateLimits,
    private readonly openPerKey: OpenPerKey,
    private readonly limits: OpenLimits,
    private readonly strangers: Strangers,
    private readonly listSizes: ListSizes,
  ) {
    this.isIntrospectionAllowed = settings.introspection;
  }

  /** Before the key is looked at. Fails with `RATE_LIMITED`. */
  approach({ address }: LimitedSocket, shown: string | undefined): void {
    this.rates.admit(address, shown);
  }

  /** The key is good. Fails with `RATE_LIMITED`. */
  enter({ address, socket, transport }: LimitedSocket, { keyId }: Caller, shown: string | undefined): void {
    this.strangers.trust(transport, keyId);
    socket.once('close', this.openPerKey.openSocket(keyId));
    this.rates.noteGood(address, shown);
  }

  /** The key is not good. */
  refuse({ address }: LimitedSocket, shown: string | undefined): void {
    this.rates.forget(address, shown);
  }

  /** A message, ping or pong has come; false where the key has sent more than can be meant, or has nothing left for one that is large. */
  receive({ caller }: LimitedSocket, bytes: number): boolean {
    if (caller === undefined) return true;
    // What is small is heard, and told that nothing is left.
    if (bytes >= MESSAGE_BYTES && this.rates.isSpent(caller.keyId)) return false;
    this.rates.spend(caller.keyId, costOfReading(bytes));
    return !this.messages.spend(caller.keyId, 1).isSpent;
  }

  /** Waits for the turn of a message that has come, and is about to be looked at. Fails with `RATE_LIMITED`. */
  async turnToRead({ caller }: LimitedSocket, bytes: number): Promise<Turn | undefined> {
    if (caller === undefined) return undefined;
    const turn = new Turn(this.rates, caller.keyId);
    await turn.wait(costOfReading(bytes));
    return turn;
  }

  /** An operation begins, which has its id until `end`. Fails with `MALFORMED_REQUEST` for an id that is not free yet. */
  begin({ busy }: LimitedSocket, id: string): void {
    // Of two with one id graphql-ws would lose the second, which then went on for ever.
    if (busy.has(id)) throw new DomainError('MALFORMED_REQUEST', 'The operation that had this id before has not ended yet. Take another id.');
    busy.add(id);
  }

  /** Its text is about to be looked at: waits, as what its message had is a part of, for its turn. Fails with `RATE_LIMITED`. */
  async read({ caller, turn }: LimitedSocket, query: string): Promise<Turn | undefined> {
    if (caller === undefined) return undefined;
    const cost = costOfQuery(query);
    const budget = this.rates.spend(caller.keyId, 1 + cost);
    if (budget?.isSpent === true) throw keySpent(budget);
    await turn?.wait(cost);
    return turn;
  }

  /** To weigh it by. */
  listSize({ caller }: LimitedSocket): ListSize {
    return this.listSizes.seenBy(caller?.sight);
  }

  /** The operation goes on until `end`. Fails with `RATE_LIMITED`. */
  follow({ caller, open }: LimitedSocket, id: string): void {
    if (caller === undefined) return;
    const most = this.limits.subscriptionsPerSocket;
    if (open.size >= most) throw new DomainError('RATE_LIMITED', `At most ${most} subscriptions may be open at once on a WebSocket.`);
    open.set(id, this.openPerKey.openStream(caller.keyId));
  }

  end({ open, busy }: LimitedSocket, id: string): void {
    open.get(id)?.();
    open.delete(id);
    busy.delete(id);
  }

  /** Somebody was not even let in to show a key. */
  turnAway(address: string): void {
    this.rates.noteStranger(address);
  }

  leave(connection: LimitedSocket): void {
    for (const id of [...connection.open.keys()]) this.end(connection, id);
    if (connection.caller === undefined) this.rates.noteStranger(connection.address);
  }
}

/** Counts what comes over one socket, pings included: whoever sends more than can be meant is not listened to. */
export function messageAllowance(connection: LimitedSocket, limits: SocketLimits): (bytes: number) => boolean {
  let windowAt = -Infinity;
  let taken = 0;
  return (bytes) => {
    const now = performance.now();
    if (now - windowAt >= WINDOW_MS) {
      windowAt = now;
      taken = 0;
    }
    taken += 1 + Math.floor(bytes / MESSAGE_BYTES);
    const most = connection.caller === undefined ? MOST_FROM_STRANGERS : MOST_MESSAGES;
    return taken <= most && limits.receive(connection, bytes);
  };
}
