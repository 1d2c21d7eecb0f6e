import { EngineFreshnessModel } from '../faces/engine-freshness.model.js';
import { ApiProperty } from '@nestjs/swagger';
import type { EngineFreshness } from '../resources/engine.js';

export class LivenessModel {
  @ApiProperty({ description: 'The process runs.', enum: ['alive'], example: 'alive' })
  status!: 'alive';
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
}
