import { ApiProperty } from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.js';
import type { FieldError } from '../errors/domain.error.js';

export class FieldErrorModel implements FieldError {
  @ApiProperty({ description: 'Path of the field in the input.', example: 'ipam.pools[0].subnet' })
  field!: string;

  @ApiProperty({ description: 'What is wrong with it.', example: 'must be a CIDR such as 10.0.0.0/24' })
  message!: string;
}

/** How a failure is described in OpenAPI. Further members, by code, are told in `docs/errors.md`. */
export class ProblemModel {
  @ApiProperty({ description: 'Names the kind of problem.', example: 'urn:fairlead:error:NETWORK_NOT_FOUND' })
  type!: string;

  @ApiProperty({ description: 'The same for every occurrence.', example: 'No such network' })
  title!: string;

  @ApiProperty({ type: 'integer', description: 'The HTTP status.', example: 404 })
  status!: number;

  @ApiProperty({
    description: 'What is wrong this time and what to do.',
    example: 'There is no network "web".',
  })
  detail!: string;

  @ApiProperty({
    description: 'Names the request; its id is in the log.',
    example: 'urn:fairlead:request:7f3a',
  })
  instance!: string;

  @ApiProperty({
    enum: Object.keys(ERROR_CODES),
    enumName: 'ErrorCode',
    enumSchema: { description: 'What went wrong, for programs; the same in REST and GraphQL.' },
    description: 'What went wrong, for programs.',
    example: 'NETWORK_NOT_FOUND',
  })
  code!: ErrorCode;

  @ApiProperty({
    type: () => [FieldErrorModel],
    description: 'Wrong fields of the input; empty for other problems.',
  })
  errors!: readonly FieldError[];
}
