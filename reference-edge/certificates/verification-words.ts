import type { X509Certificate } from 'node:crypto'
import { isIPv4Text } from './alternative-name.ts'
import { shortName } from './certificate-facts.ts'
import { identityUnacceptable, namesOf } from './peer-name.ts'

/** Why the certificate of a peer is not accepted. */
export type VerificationFault =
  | 'untrusted CA'
  | 'incomplete chain'
  | 'self-signed'
  | 'bad signature'
  | 'expired'
  | 'not yet valid'
  | 'no server authentication'
  | 'no client authentication'
  | 'name'
  | 'address'
  | 'no certificate'
  | 'too weak'
  | 'refused by peer'
  | 'no TLS'
  | 'other'

/** A failed verification as an administrator reads it. */
export interface VerificationWords {
  readonly fault: VerificationFault
  readonly says: string
  /** What can be done, at this VCS or at the peer. */
  readonly action: string
}

export interface FailedVerification {
  /** OpenSSL's or Node's: `SELF_SIGNED_CERT_IN_CHAIN`, `ERR_TLS_CERT_ALTNAME_INVALID` … */
  readonly code: string
  /** What the peer is to this connection: its certificate has to be for that. */
  readonly peer: 'server' | 'client'
  /** The peer's certificate, where it got so far. */
  readonly certificate?: X509Certificate | undefined
  /** The name or address that was looked for. */
  readonly name?: string | undefined
}

/**
 * The one place where codes of TLS become words: for the traversal zone, Unified CM nodes and AXL. Undefined where the
 * code is not about certificates or TLS.
 */
export function verificationWords(failed: FailedVerification): VerificationWords | undefined {
  const { code, certificate } = failed
  const fault = faultOf(failed)
  if (fault === undefined) return undefined
  const subject =
    certificate === undefined ? "the peer's certificate" : `certificate '${shortName(certificate.subject)}'`
  return { fault, ...phrases[fault]({ ...failed, subject, topmost: topmostOf(certificate) }), ...unknown(fault, code) }
}

/** The words for a dial that failed (`DialFailed`): what the error and the certificate it carries tell. */
export function dialFailureWords(error: unknown, name: string): VerificationWords | undefined {
  const { code = '', peerCertificate } = error as { code?: string; peerCertificate?: X509Certificate }
  return verificationWords({ code, peer: 'server', certificate: peerCertificate, name })
}

function faultOf({ code, peer, name = '' }: FailedVerification): VerificationFault | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return isIPv4Text(name) ? 'address' : 'name'
  if (code === 'INVALID_PURPOSE') return peer === 'server' ? 'no server authentication' : 'no client authentication'
  return faultsByCode.get(code) ?? (otherTlsCodes.test(code) ? 'other' : undefined)
}

const faultsByCode = new Map<string, VerificationFault>([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted CA'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'untrusted CA'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'untrusted CA'],
  // OpenSSL's code where the certificate came alone. A peer sends all of the chain it knows, from its file and its
  // trusted CAs: where it sends no issuer it does not have it.
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'incomplete chain'],
  ['CERT_UNTRUSTED', 'untrusted CA'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'],
  ['CERT_SIGNATURE_FAILURE', 'bad signature'],
  ['CERT_HAS_EXPIRED', 'expired'],
  ['CERT_NOT_YET_VALID', 'not yet valid'],
  ['NO_CERTIFICATE', 'no certificate'],
  ['CA_MD_TOO_WEAK', 'too weak'],
  ['CA_KEY_TOO_SMALL', 'too weak'],
  ['EE_KEY_TOO_SMALL', 'too weak'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'refused by peer'],
  ['ERR_SSL_SSL/TLS_ALERT_UNKNOWN_CA', 'refused by peer'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'refused by peer'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'refused by peer'],
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', 'refused by peer'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'refused by peer'],
  ['ERR_SSL_SSL/TLS_ALERT_UNSUPPORTED_CERTIFICATE', 'refused by peer'],
  ['ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE', 'refused by peer'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'refused by peer'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'no TLS'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'no TLS'],
])
const otherTlsCodes = /^(ERR_TLS_|ERR_SSL_|CERT_|INVALID_CA$|PATH_LENGTH|UNABLE_TO_|ERROR_IN_CERT|HOSTNAME_MISMATCH)/

type Phrase = (
  facts: FailedVerification & { readonly subject: string; readonly topmost: X509Certificate | undefined },
) => {
  readonly says: string
  readonly action: string
}

const phrases: Record<VerificationFault, Phrase> = {
  'untrusted CA': ({ subject, topmost }) => ({
    says: `Untrusted CA: ${subject} is signed by '${issuerOf(topmost)}', which is not in the trusted CA list`,
    action: loadCa,
  }),
  'incomplete chain': ({ subject, topmost }) => ({
    says: `Incomplete chain or untrusted CA: the peer sent ${subject} without its issuer '${issuerOf(topmost)}', which is not in the trusted CA list`,
    action: `Load the intermediate CA certificates with the server certificate at the peer, or: ${loadCa}`,
  }),
  'self-signed': ({ subject }) => ({
    says: `Self-signed: ${subject} is not in the trusted CA list`,
    action: 'Install a certificate signed by a CA at the peer, or load a copy of this one into the trusted CA list',
  }),
  'bad signature': ({ subject, topmost }) => ({
    says: `Bad signature: ${subject} is not signed by the trusted CA of the name '${issuerOf(topmost)}'`,
    action:
      'The CA has a new key: load its new certificate (Maintenance > Security certificates > Trusted CA certificate)',
  }),
  expired: ({ subject, certificate }) => ({
    says: `Expired: ${subject}, or the certificate of its CA, is no longer valid${dates(certificate)}`,
    action: 'Load a new server certificate at the peer, and check the clocks',
  }),
  'not yet valid': ({ subject, certificate }) => ({
    says: `Not yet valid: ${subject}, or the certificate of its CA${dates(certificate)}`,
    action: 'Check the clocks of this system, of the peer and of the CA',
  }),
  'no server authentication': ({ subject }) => ({
    says: `${subject} lacks the Server Authentication extension (unsuitable certificate purpose)`,
    action: 'Load a certificate for server and client authentication at the peer',
  }),
  'no client authentication': ({ subject }) => ({
    says: `${subject} lacks the Client Authentication extension (unsuitable certificate purpose)`,
    action: 'Load a certificate for server and client authentication at the peer; its CA must not strip the extension',
  }),
  name: ({ name, certificate }) => ({
    says: `${identityUnacceptable}: '${name ?? ''}' is not in the certificate${offered(certificate)}`,
    action: 'Correct the name that is looked for, or load a certificate with this name at the peer',
  }),
  address: ({ name, certificate }) => ({
    says: `${identityUnacceptable}: the IP address ${name} is not in the certificate${offered(certificate)}`,
    action: 'Enter the FQDN of the peer instead of its IP address, or load a certificate with this address at the peer',
  }),
  'no certificate': () => ({
    says: 'The peer sent no client certificate',
    action: 'Check that the peer is a VCS with a server certificate',
  }),
  'too weak': ({ subject }) => ({
    says: `${subject}, or that of its CA, has a key or a signature that is too weak`,
    action: 'Have a certificate signed with a key of at least 2048 bits and SHA-256',
  }),
  'refused by peer': () => ({
    says: "The peer refused this system's certificate",
    action:
      'Check that the peer trusts the CA of the server certificate of this system, and its names, dates and usages',
  }),
  'no TLS': () => ({
    says: 'The peer does not speak TLS on this port',
    action: 'Check the port, and that the transport is TLS at both ends',
  }),
  other: () => ({
    says: 'TLS negotiation failure',
    action: 'Check the certificates and the TLS settings of both ends',
  }),
}

/** What OpenSSL said, where there are no words of ours for it. */
function unknown(fault: VerificationFault, code: string): { says?: string } {
  return fault === 'other' ? { says: `TLS negotiation failure (${code})` } : {}
}

/** The last certificate of the chain that the peer sent. */
function topmostOf(certificate: X509Certificate | undefined): X509Certificate | undefined {
  let last = certificate
  for (let depth = 0; depth < longestChain; depth++) {
    const issuer = last?.issuerCertificate
    if (issuer === undefined || issuer.fingerprint256 === last?.fingerprint256) break
    last = issuer
  }
  return last
}

const issuerOf = (certificate: X509Certificate | undefined): string => shortName(certificate?.issuer ?? 'unknown')

function dates(certificate: X509Certificate | undefined): string {
  if (certificate === undefined) return ''
  const { validFromDate, validToDate } = certificate
  return ` (valid from ${validFromDate.toISOString()} to ${validToDate.toISOString()})`
}

function offered(certificate: X509Certificate | undefined): string {
  if (certificate === undefined) return ''
  const names = [...new Set(namesOf(certificate))]
  return names.length === 0 ? ', which has no name at all' : `, which has: ${names.join(', ')}`
}

const loadCa =
  'Load the CA into the trusted CA list (Maintenance > Security certificates > Trusted CA certificate), then restart'
const longestChain = 10
