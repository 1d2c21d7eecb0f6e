import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { Injectable } from '@nestjs/common';

/** Asks the system what a name stands for. */
@Injectable()
export class NameResolver {
  async resolve(name: string): Promise<readonly LookupAddress[]> {
    return lookup(name, { all: true });
  }
}
