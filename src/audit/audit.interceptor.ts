import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { askedCommand } from './asked-command.js';
import { AuditRecorder } from './audit-recorder.js';

/** Every write of both faces comes through here: what is not on record is not carried out, and not answered. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly recorder: AuditRecorder) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const asked = askedCommand(context);
    if (asked === undefined) return next.handle();
    return from(this.recorder.run(asked, () => lastValueFrom(next.handle(), { defaultValue: undefined })));
  }
}
