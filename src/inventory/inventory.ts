import { Injectable } from '@nestjs/common';
import type { EngineReach } from '../resources/engine.js';
import { EnginePicture, type PictureStamp } from './engine-picture.js';
import { joinPictures, type Joined } from './joined-pictures.js';
import { PictureReads } from './picture-reads.js';

/**
 * The picture of every engine. No read of it asks an engine. It is the service's own: what is answered to a caller is read
 * from the `VisibleInventory`.
 */
@Injectable()
export class Inventory extends PictureReads {
  private readonly pictures = new Map<string, EnginePicture>();
  private joined: { readonly stamps: readonly PictureStamp[]; readonly view: Joined } | undefined;

  add(engine: string, reach: EngineReach): EnginePicture {
    const picture = new EnginePicture(engine, reach);
    this.pictures.set(engine, picture);
    return picture;
  }

  remove(engine: string): void {
    this.pictures.delete(engine);
  }

  override engineNames(): readonly string[] {
    return [...this.pictures.keys()].sort();
  }

  override find(engine: string): EnginePicture | undefined {
    return this.pictures.get(engine);
  }

  /** Fails with `ENGINE_NOT_FOUND`. */
  override picture(engine: string): EnginePicture {
    return super.picture(engine);
  }

  /** All pictures together; the same object until one of them changes. */
  override view(): Joined {
    if (this.joined === undefined || !this.isCurrent(this.joined.stamps)) {
      const view = joinPictures(this.engineNames().map((name) => this.picture(name)));
      this.joined = { stamps: [...this.pictures.values()].map((picture) => picture.stamp()), view };
    }
    return this.joined.view;
  }

  /** Another name under which the same engine is followed already. */
  twinOf(engine: string): string | undefined {
    return this.followedAs(this.picture(engine).networkIds(), engine);
  }

  /**
   * The name under which the engine that has these networks is followed. What `/info` calls its id is shared by engines
   * on one machine (engine-facts 0.19) and copied with a machine's disk, as is the id of the network `none`; that of
   * its bridge an engine draws anew at each start.
   */
  followedAs(networkIds: readonly string[], except?: string): string | undefined {
    return this.engineNames().find((other) => {
      if (other === except || this.picture(other).state !== 'connected') return false;
      const { networkById } = this.snapshot(other);
      const [none, bridge] = ['none', 'bridge'].map((name) => networkById.get(`${other}~${name}`)?.engineId ?? undefined);
      if (none === undefined || !networkIds.includes(none)) return false;
      return bridge === undefined || networkIds.includes(bridge);
    });
  }

  private isCurrent(stamps: readonly PictureStamp[]): boolean {
    if (stamps.length !== this.pictures.size) return false;
    let index = 0;
    for (const picture of this.pictures.values()) {
      if (!picture.isAt(stamps[index])) return false;
      index += 1;
    }
    return true;
  }
}
