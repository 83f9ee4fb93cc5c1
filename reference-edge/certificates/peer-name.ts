import { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import { isIPv4Text } from './alternative-name.ts'

/**
 * Whether a certificate is one for `name`: it stands among the subject alternative names or is the common name. The
 * traversal zone looks at both (wire facts §6.7), unlike RFC 6125, which ignores the common name where there is an
 * alternative name. Wildcards do not fit. An IP address is looked for among addresses, not DNS names.
 */
export function isCertificateFor(certificate: X509Certificate, name: string): boolean {
  const wanted = name.toLowerCase()
  const kind = isIPv4Text(name) ? 'IP Address' : 'DNS'
  const offered = [...alternativeNames(certificate, kind), ...commonNames(certificate)]
  return wanted !== '' && offered.some((one) => one.toLowerCase() === wanted)
}

/** Every DNS name and IP address of the subject alternative name, then the common names. */
export function namesOf(certificate: X509Certificate): string[] {
  return [...alternativeNames(certificate, 'DNS', 'IP Address'), ...commonNames(certificate)]
}

/** The SRVNames (RFC 4985): `_collab-edge._tls.example.com`. */
export function serviceNamesOf(certificate: X509Certificate): string[] {
  const prefix = 'SRVName:'
  const others = alternativeNames(certificate, 'othername').filter((name) => name.startsWith(prefix))
  return others.map((name) => name.slice(prefix.length))
}

/** For logs: the common name of the certificate, or its first other name. */
export function commonNameOf(certificate: X509Certificate): string {
  return commonNames(certificate)[0] ?? namesOf(certificate)[0] ?? ''
}

/** The name check of a traversal client, for `ClientTls.checkName`. */
export function checkPeerName(serverName: string, certificate: PeerCertificate): Error | undefined {
  return isCertificateFor(new X509Certificate(certificate.raw), serverName)
    ? undefined
    : Object.assign(new Error(identityUnacceptable), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}

/** Detail of the event log where a certificate is good but somebody else's (wire facts §6.7). */
export const identityUnacceptable = "Peer's TLS certificate identity was unacceptable"

function commonNames(certificate: X509Certificate): string[] {
  const { subject } = certificate.toLegacyObject()
  // One common name is a text, several are a list; Node's type knows only the first.
  const names: unknown = (subject as { CN?: unknown } | undefined)?.CN
  return [names].flat().filter((name) => typeof name === 'string')
}

/**
 * Reads Node's text `DNS:a.example, IP Address:192.0.2.1, DNS:"odd, name"`: a value with commas or quotes in it is
 * written as a JSON string, so that a name cannot pretend to be two.
 */
function alternativeNames(certificate: X509Certificate, ...kinds: AlternativeNameKind[]): string[] {
  const text = certificate.subjectAltName ?? ''
  const wanted: readonly string[] = kinds
  const names: string[] = []
  let at = 0
  while (at < text.length) {
    const colon = text.indexOf(':', at)
    if (colon === -1) break
    const kind = text.slice(at, colon)
    const end = endOfValue(text, colon + 1)
    const raw = text.slice(colon + 1, end)
    if (wanted.includes(kind)) names.push(raw.startsWith('"') ? (JSON.parse(raw) as string) : raw)
    at = end + 2
  }
  return names
}

type AlternativeNameKind = 'DNS' | 'IP Address' | 'othername'

function endOfValue(text: string, start: number): number {
  if (text[start] !== '"') {
    const comma = text.indexOf(', ', start)
    return comma === -1 ? text.length : comma
  }
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
