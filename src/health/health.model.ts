import { EngineFreshnessModel } from '../faces/engine-freshness.model.js';
import { ApiProperty } from '@nestjs/swagger';
import { DATABASE_STATES, type DatabaseCondition } from '../database/database.js';
import type { EngineFreshness } from '../resources/engine.js';

export class LivenessModel {
  @ApiProperty({ description: 'The process runs.', enum: ['alive'], example: 'alive' })
  status!: 'alive';
}

export class DatabaseConditionModel implements DatabaseCondition {
  @ApiProperty({
    description:
      '`opening`: it has not been reached since the start. `available`: it is used. `failing`: history and what must be ' +
      'kept answers `DATABASE_UNAVAILABLE`, commands too, since none goes unrecorded; reads go on, and what happens meanwhile is told later.',
    enum: DATABASE_STATES,
    example: 'available',
  })
  state!: DatabaseCondition['state'];

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'What keeps it from being used; null while nothing does. The log of the service has the details.',
    example: null,
  })
  problem!: string | null;
}

export class ReadinessModel {
  @ApiProperty({
    description: 'Whether requests are served.',
    enum: ['starting', 'serving', 'stopping'],
    example: 'serving',
  })
  status!: 'starting' | 'serving' | 'stopping';

  @ApiProperty({
    type: () => [EngineFreshnessModel],
    description:
      'How each engine is doing. An engine that is away leaves the service ready: it serves what it knows.',
  })
  engines!: readonly EngineFreshness[];

  @ApiProperty({
    type: () => DatabaseConditionModel,
    description: 'How the database is doing. One that fails leaves the service ready.',
  })
  database!: DatabaseCondition;
}
