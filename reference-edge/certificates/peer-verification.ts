import type { X509Certificate } from 'node:crypto'
import type { TlsFacts } from '#runtime/network.ts'
import { ExtendedKeyUsage, missingUsages } from './chain.ts'
import { isCertificateFor } from './peer-name.ts'
import { type VerificationWords, verificationWords } from './verification-words.ts'

/**
 * Why a TLS client is not the VCS whose certificate has `name`; undefined where it is. OpenSSL has checked the chain,
 * dates and Client Authentication. Server Authentication it asks of servers only, yet the certificate of a VCS has to
 * be good for both (guide p. 19, TRAV-05).
 */
export function clientProblem(tls: TlsFacts | undefined, name: string): VerificationWords | undefined {
  const certificate = tls?.peerCertificate
  const words = (code: string, peer: 'client' | 'server' = 'client') =>
    verificationWords({ code, peer, certificate, name }) ?? unknownProblem(code)
  if (tls === undefined || certificate === undefined) return words('NO_CERTIFICATE')
  if (!tls.isAuthorized) return words(tls.problem ?? 'CERT_REJECTED')
  if (!isCertificateFor(certificate, name)) return words('ERR_TLS_CERT_ALTNAME_INVALID')
  return lacks(certificate, ExtendedKeyUsage.serverAuth) ? words('INVALID_PURPOSE', 'server') : undefined
}

/**
 * What is amiss with the certificate of a VCS that was accepted as a server's: without Client Authentication the zone
 * comes up, but a SERVICE signed with it is not believed and nobody outside can register (wire facts §6.2).
 */
export function serverWarning(certificate: X509Certificate | undefined): VerificationWords | undefined {
  if (certificate === undefined || !lacks(certificate, ExtendedKeyUsage.clientAuth)) return undefined
  return verificationWords({ code: 'INVALID_PURPOSE', peer: 'client', certificate })
}

const lacks = (certificate: X509Certificate, usage: string): boolean => missingUsages(certificate, [usage]).length > 0

function unknownProblem(code: string): VerificationWords {
  const action = 'Check the certificates and the TLS settings of both ends'
  return { fault: 'other', says: `TLS negotiation failure (${code})`, action }
}
