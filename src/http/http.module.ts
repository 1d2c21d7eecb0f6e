import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { InputPipe } from './input.pipe.js';
import { OutcomeInterceptor } from './outcome.decorators.js';
import { ProblemFilter } from './problem.filter.js';

/** What holds for every request: how inputs are checked and how failures are told. */
@Module({
  providers: [
    OutcomeInterceptor,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useClass: InputPipe },
  ],
  exports: [OutcomeInterceptor],
})
export class HttpModule {}
