import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { InputPipe } from './input.pipe.js';
import { OutcomeInterceptor } from './outcome.decorators.js';
import { ProblemFilter } from './problem.filter.js';
import { StreamLimits } from './stream-limits.js';
import { VisibleErrorsInterceptor } from './visible-errors.interceptor.js';

/** What holds for every request: how inputs are checked and how failures are told. */
@Global()
@Module({
  providers: [
    OutcomeInterceptor,
    VisibleErrorsInterceptor,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useClass: InputPipe },
    { provide: StreamLimits, useFactory: () => new StreamLimits() },
  ],
  exports: [OutcomeInterceptor, StreamLimits, VisibleErrorsInterceptor],
})
export class HttpModule {}
