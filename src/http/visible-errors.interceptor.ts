import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { catchError, throwError, type Observable } from 'rxjs';
import { DomainError } from '../errors/domain.error.js';
import { VisibleErrors } from '../inventory/visible-errors.js';

/** Through both faces; inside of whatever keeps outcomes and gives them again, which so are kept as they were told. */
@Injectable()
export class VisibleErrorsInterceptor implements NestInterceptor {
  constructor(private readonly errors: VisibleErrors) {}

  intercept(_context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => throwError(() => (error instanceof DomainError ? this.errors.explain(error) : error))));
  }
}
