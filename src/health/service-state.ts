import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Where the service is in its life. */
@Injectable()
export class ServiceState implements OnModuleDestroy {
  private current: 'starting' | 'serving' | 'stopping' = 'starting';

  get phase(): 'starting' | 'serving' | 'stopping' {
    return this.current;
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
