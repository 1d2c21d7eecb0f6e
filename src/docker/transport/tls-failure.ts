import { X509Certificate } from 'node:crypto';
import type { TlsSettings } from '../../config/settings.js';

/** What openssl calls it when it does not trust who has signed the engine's certificate. */
const UNTRUSTED = new Set([
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_SIGNATURE_FAILURE'],
]);
/** Alerts by which the other side says that it does not take our certificate, or misses one. */
const REFUSED = /ALERT_(BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)$/;
/** In openssl's words: the code is EPROTO. */
const NOT_TLS = /wrong version number|packet length too long|http request/;

/** Why no TLS came about, in words for who has set it up; undefined where it is nothing of that. */
export function explainTls({ code, message }: { code: string; message: string }, tls: TlsSettings): string | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another name or address: ${message}`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet';
  if (UNTRUSTED.has(code)) {
    const who = tls.ca === undefined ? 'an authority that the system trusts; name its own in tls.ca' : 'the authority in tls.ca';
    return `its certificate is not signed by ${who}`;
  }
  if (NOT_TLS.test(message)) return 'it does not speak TLS there';
  return REFUSED.test(code) ? ourFault(tls) : undefined;
}

/** Engines tell one reason for all that may be wrong with a certificate of ours. */
function ourFault({ cert }: TlsSettings): string {
  if (cert === undefined) return 'it wants a certificate of ours, and there is none in tls.cert';
  const { validFrom, validTo } = new X509Certificate(cert);
  if (Date.parse(validTo) < Date.now()) return `our certificate in tls.cert has expired, on ${validTo}`;
  if (Date.parse(validFrom) > Date.now()) return `our certificate in tls.cert is not valid before ${validFrom}`;
  return 'it does not take our certificate in tls.cert, which must be for clients and signed by the authority that it trusts';
}
