import type { TlsFacts } from '#runtime/network.ts'
import { dialFailureWords, verificationWords } from '../certificates/verification-words.ts'
import { isCertificateOfNode, otherName } from './node-certificate.ts'

/** Why a zone does not work, as its status shows it. */
export interface ZoneReason {
  /** In words: never an error code alone. */
  readonly says: string
  /** What can be done, where that is known. */
  readonly action?: string
  /** The node was there; the TLS session failed. */
  readonly isTls?: boolean
}

/** What Unified CM's or our own refusal of a TLS session is called (guide, Endpoints cannot register to Unified CM). */
export const sslNotEstablished = 'Failed to establish SSL connection'

/** Why a node could not be dialled. */
export function reasonOf(error: unknown, node: string): ZoneReason {
  const { code = '', message } = error as Error & { code?: string }
  if (code === 'MRA_NAME_NOT_RESOLVED') return { says: `DNS resolution failed: ${message}` }
  if (!message.startsWith('TLS to ')) return { says: connectionReasons[code] ?? message }
  if (message.includes('no handshake within')) return { says: 'no answer' }
  const words = dialFailureWords(error, node)
  if (words === undefined) return refusedBehindHandshake(message.slice(message.indexOf(': ') + 2))
  const { fault, says, action } = words
  const isOurs = fault !== 'refused by peer' && fault !== 'no TLS' && fault !== 'other'
  return { says: `${isOurs ? 'TLS negotiation failure' : sslNotEstablished}: ${says}`, action, isTls: true }
}

/** The node ended a TLS connection before it was of any use: with TLS 1.3 it refuses a certificate only then. */
export function refusedBehindHandshake(why: string): ZoneReason {
  const action = 'Check that the root CA of the certificate of this system is in CallManager-trust'
  return { says: `${sslNotEstablished}: ${withoutOpenSslFrame(why)}`, action, isTls: true }
}

/** Why a TLS connection that a node has dialled is not taken for one of its zone; undefined where it is. */
export function problemOfCaller(tls: TlsFacts, node: string): string | undefined {
  const { isAuthorized, problem = '', peerCertificate: certificate } = tls
  if (certificate === undefined) return 'no client certificate'
  const words = (code: string) =>
    verificationWords({ code, peer: 'client', certificate, name: node })?.says ?? `certificate not accepted: ${code}`
  if (!isAuthorized) return words(problem)
  return isCertificateOfNode(certificate, node) ? undefined : words(otherName)
}

const connectionReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
}

/** `40A7…:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:…:SSL alert number 48` → its reason. */
function withoutOpenSslFrame(text: string): string {
  const reason = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/i.exec(text)?.[1]
  return (reason ?? text).trim()
}
