import { ObjectType } from '@nestjs/graphql';
import { NetworkModel } from '../faces/network.model.js';
import type { Network } from '../resources/network.js';
import { Shown } from '../faces/shown.decorator.js';

@ObjectType('PruneNetworksPayload', { description: 'What a prune did.' })
export class PrunedNetworksModel {
  @Shown({ type: () => NetworkModel, list: true, description: 'The networks that were removed, as they last stood.' })
  networks!: readonly Network[];

  @Shown({ type: 'boolean', description: 'Whether anything was removed: not for a dry run.', example: true })
  changed!: boolean;

  @Shown({ list: true, description: 'Networks that were kept although they seemed unused, and why.', example: [] })
  warnings!: readonly string[];
}
