import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { callerOf } from './access.guard.js';

/** Who asks; for both faces. The guard lets nobody in who is nobody. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context));
