import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Database, type DatabaseCondition } from '../database/database.js';

/** Where the service is in its life, and how it is doing. */
@Injectable()
export class ServiceState implements OnModuleDestroy {
  private current: 'starting' | 'serving' | 'stopping' = 'starting';

  constructor(private readonly store: Database) {}

  get phase(): 'starting' | 'serving' | 'stopping' {
    return this.current;
  }

  get database(): DatabaseCondition {
    return this.store.condition;
  }

  /** Called once the service listens. */
  serve(): void {
    this.current = 'serving';
  }

  /** The first step of a shutdown: load balancers are to look elsewhere. */
  onModuleDestroy(): void {
    this.current = 'stopping';
  }
}
