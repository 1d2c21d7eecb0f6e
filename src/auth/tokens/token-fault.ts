import { Logger } from '@nestjs/common';
import { errors } from 'jose';
import { DomainError } from '../../errors/domain.error.js';

const logger = new Logger('Tokens');

const CLAIMS: Readonly<Record<string, string>> = {
  aud: 'The token is for another audience.',
  exp: 'The token must say when it expires (exp).',
  sub: 'The token must say who its subject is (sub).',
  nbf: 'The token is not valid yet (nbf).',
  iat: 'The token was issued in the future (iat).',
  typ: 'The token is not an access token (typ).',
};

export function notValid(detail = 'The token is not valid.'): DomainError {
  return new DomainError('UNAUTHENTICATED', detail);
}

/** What is told of a token that is refused: enough to mend it, and nothing of what is in it. */
export function tokenFault(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof errors.JWTExpired) return notValid('The token has expired (exp).');
  if (error instanceof errors.JWTClaimValidationFailed) return notValid(CLAIMS[error.claim]);
  if (error instanceof errors.JOSEAlgNotAllowed) return notValid('The token is signed with an algorithm that its issuer is not trusted with (alg).');
  if (error instanceof errors.JWKSNoMatchingKey) return notValid('The token is signed with a key that its issuer does not have (kid).');
  if (error instanceof errors.JWKSMultipleMatchingKeys) return notValid('The token must say which key it is signed with (kid).');
  // Such as a key of the issuer that cannot be used.
  if (!(error instanceof errors.JOSEError)) logger.warn(`A token could not be checked: ${String(error)}`);
  return notValid();
}
