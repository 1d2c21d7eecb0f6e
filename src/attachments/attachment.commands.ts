import { Injectable, Logger } from '@nestjs/common';
import type { EndpointSpec } from '../docker/docker.gateway.js';
import { DomainError } from '../errors/domain.error.js';
import { AttachmentSteps, type Ends } from '../inventory/attachment-steps.js';
import { isPassing, type CommandSession } from '../inventory/command-session.js';
import { Inventory } from '../inventory/inventory.js';
import { containerPointer } from '../inventory/references.js';
import { requestedBeside, requestedSettings } from '../inventory/requested-settings.js';
import type { Attachment } from '../resources/attachment.js';
import { differingSettings } from './attachment.rules.js';

/** Attaching and seeing that it came out as asked for, and replacing; whoever calls holds the locks of both ends. */
@Injectable()
export class AttachmentCommands {
  private readonly logger = new Logger(AttachmentCommands.name);

  constructor(
    private readonly inventory: Inventory,
    private readonly steps: AttachmentSteps,
  ) {}

  /** Attaches and sees that it came out as asked for; what failed half-way is taken back. */
  async connect(session: CommandSession, { network, container }: Ends, spec: EndpointSpec): Promise<Attachment> {
    await this.steps.join(session, { network, container }, spec);
    await this.steps.look(session, { network, container });
    const made = this.steps.find(session.engine, { network, container });
    const problem = this.problem(session.engine, made, spec);
    if (made !== undefined && problem === undefined) return made;
    await this.steps.mend(session, { network, container });
    const detail = `The engine accepted the attachment of ${container.name} to ${network.name} but ${problem}.`;
    throw new DomainError('ENGINE_ERROR', detail, { engine: session.engine });
  }

  /** Puts an attachment back with the settings it had; tells why where that fails. */
  async restore(session: CommandSession, ends: Ends, spec: EndpointSpec): Promise<string | undefined> {
    try {
      await this.connect(session, ends, spec);
      return undefined;
    } catch (error) {
      // It was never taken off.
      if (error instanceof DomainError && error.code === 'ALREADY_ATTACHED') return undefined;
      if (isPassing(error)) session.owe(async () => {
          await this.connect(session, ends, spec);
        });
      const reason = error instanceof DomainError ? error.detail : String(error);
      this.logger.warn(`${ends.container.name} could not be put back on ${ends.network.name}: ${reason}`);
      return reason;
    }
  }

  /** Replaces an attachment by one with other settings; on failure the old one is put back. */
  async replace(session: CommandSession, ends: Ends, standing: Attachment, spec: EndpointSpec): Promise<Attachment> {
    const saved = requestedSettings(this.inventory.picture(session.engine), standing);
    try {
      await this.steps.disconnect(session, standing, { force: false });
      return await this.connect(session, ends, spec);
    } catch (error) {
      if (!(error instanceof DomainError) || standing.broken !== null) throw error;
      const reason = await this.restore(session, ends, saved);
      if (reason === undefined) throw error;
      const notRestored = [{ container: containerPointer(ends.container), reason }];
      throw new DomainError(error.code, error.detail, { ...error.extras, notRestored }, { cause: error });
    }
  }

  private problem(engine: string, made: Attachment | undefined, spec: EndpointSpec): string | undefined {
    if (made === undefined) return 'does not show it';
    if (made.broken !== null) return `shows it broken: ${made.broken}`;
    // A second connect of a stopped container is answered 200 and ignored (engine-facts 0.2).
    const standing = requestedBeside(this.inventory.picture(engine), made, spec);
    const differing = differingSettings(spec, standing, made.macAddress);
    return differing.length === 0 ? undefined : `with other settings (${differing.join(', ')})`;
  }
}
