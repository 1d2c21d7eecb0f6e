import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AccessGuard } from '../auth/access.guard.js';
import { askedCommand } from './asked-command.js';
import { AuditRecorder } from './audit-recorder.js';

/** Lets in whom the one guard lets in, and puts on record which writes it turns away: no interceptor hears of those. */
@Injectable()
export class AuditedAccessGuard implements CanActivate {
  constructor(
    private readonly access: AccessGuard,
    private readonly recorder: AuditRecorder,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      return await this.ask(context);
    } catch (error) {
      const asked = askedCommand(context);
      // Who has no key is nobody, and would fill the record with nothing.
      if (asked?.caller !== undefined) await this.recorder.refused(asked, error);
      throw error;
    }
  }

  private async ask(context: ExecutionContext): Promise<boolean> {
    return this.access.canActivate(context);
  }
}
