import { FlagQuery, TextQuery } from './query.decorators.js';

/** What every write takes. */
export class WriteQuery {
  @FlagQuery({ description: 'Check everything that can be checked, change nothing, answer with what would be.', example: false })
  dryRun?: boolean;
}

/** What every route takes whose path holds a reference. */
export class EngineQuery {
  @TextQuery({ description: 'Engine on which the reference is to be found.', example: 'local' })
  engine?: string;
}

export class EngineWriteQuery extends WriteQuery {
  @TextQuery({ description: 'Engine on which the reference is to be found.', example: 'local' })
  engine?: string;
}
