import { Injectable } from '@nestjs/common';

/** Tells this process's dispatcher that there may be something to deliver. */
@Injectable()
export class DeliverySignal {
  private listener: () => void = () => undefined;

  listen(listener: () => void): void {
    this.listener = listener;
  }

  raise(): void {
    this.listener();
  }
}
