import { SetMetadata } from '@nestjs/common';

export const SHOWS_SECRET = Symbol('shows a secret');

/** The answer holds a secret, this once: where answers are kept it is sealed. */
export const ShowsSecret = (): MethodDecorator => SetMetadata(SHOWS_SECRET, true);
