import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { Injectable } from '@nestjs/common';
import { OutgoingTimings } from './outgoing-timings.js';

type Found = readonly LookupAddress[];

/**
 * Asks the system what a name stands for. That takes one of the few threads that the whole process has for it, for as
 * long as a name server is silent: so each name is asked for once at a time, and one that failed not again at once.
 */
@Injectable()
export class NameResolver {
  /** Being looked up, or failed just now. */
  private readonly lookUps = new Map<string, Promise<Found>>();

  constructor(private readonly timings: OutgoingTimings) {}

  async resolve(name: string): Promise<Found> {
    const asked = this.lookUps.get(name);
    if (asked !== undefined) return asked;
    const answer = this.ask(name);
    this.lookUps.set(name, answer);
    answer.then(
      () => this.lookUps.delete(name),
      () => setTimeout(() => this.lookUps.delete(name), this.timings.unknownNameMs).unref(),
    );
    return answer;
  }

  protected async ask(name: string): Promise<Found> {
    return lookup(name, { all: true });
  }
}
