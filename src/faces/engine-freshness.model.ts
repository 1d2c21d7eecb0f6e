import { ObjectType } from '@nestjs/graphql';
import type { EngineFreshness, EngineState } from '../resources/engine.js';
import { describedEnum } from './described-enum.js';
import { Shown } from './shown.decorator.js';

export const EngineStateEnum = describedEnum<EngineState>('EngineState', 'How an engine is doing.', {
  connected: 'What is shown follows the engine.',
  connecting: 'The engine is being reached and its first picture taken.',
  unreachable: 'The engine does not answer; what is shown is as old as `syncedAt`.',
});

@ObjectType('EngineFreshness', { description: 'How old an answer is, as far as one engine is concerned.' })
export class EngineFreshnessModel implements EngineFreshness {
  @Shown({ description: 'Name of the engine.', example: 'local' })
  name!: string;

  @Shown({ type: EngineStateEnum, description: 'Whether the engine answers.', example: 'connected' })
  state!: EngineState;

  @Shown({
    type: 'datetime',
    nullable: true,
    description: 'When what is shown was last known to be true; null before the first time.',
    example: '2026-11-23T12:00:00.000Z',
  })
  syncedAt!: string | null;
}
