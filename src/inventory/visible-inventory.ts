import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import type { Attachment } from '../resources/attachment.js';
import { currentSight } from '../sight/current-sight.js';
import type { EnginePicture } from './engine-picture.js';
import { Inventory } from './inventory.js';
import type { Joined } from './joined-pictures.js';
import { narrowView } from './narrowed-view.js';
import { PictureReads } from './picture-reads.js';

/**
 * The picture as whoever asks may see it: everything that is answered is read from here, so that what is hidden is counted,
 * listed, linked and explained nowhere. Fails where nobody asks.
 */
@Injectable()
export class VisibleInventory extends PictureReads {
  constructor(private readonly inventory: Inventory) {
    super();
  }

  /** Fails with `FORBIDDEN` where one of them does not show: what is hidden is not to be touched. */
  requireAttachments(attachments: readonly Attachment[]): void {
    const isSeen = ({ engine, id }: Attachment): boolean => this.has(engine) && this.snapshot(engine).attachmentById.has(id);
    if (attachments.every(isSeen)) return;
    throw new DomainError('FORBIDDEN', 'It would be done to containers, too, that this key does not see.');
  }

  override engineNames(): readonly string[] {
    const sight = currentSight();
    return this.inventory.engineNames().filter((name) => sight.seesEngine(name));
  }

  protected override find(engine: string): EnginePicture | undefined {
    return currentSight().seesEngine(engine) ? this.inventory.find(engine) : undefined;
  }

  protected override view(): Joined {
    return narrowView(this.inventory.view(), currentSight());
  }
}
