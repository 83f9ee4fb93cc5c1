import { X509Certificate } from 'node:crypto'
import type { ClientTls } from '#runtime/network.ts'

/** A check of the server's name, to be given to the dialler: the error where the certificate does not fit. */
export type NameCheck = NonNullable<ClientTls['checkName']>

/** Jabber: the certificate is for one of the names (host of the SRV target, services domain). */
export function oneOfNames(names: readonly string[]): NameCheck {
  return (_serverName, { raw }) => {
    const certificate = new X509Certificate(raw)
    if (names.some((name) => certificate.checkHost(name, { subject: 'default' }) !== undefined)) return undefined
    return unfit(
      `the certificate is for ${certificate.subjectAltName ?? certificate.subject}, not ${names.join(' or ')}`,
    )
  }
}

/** TC: the services domain itself as dNSName, or as SRVName (guide: "the domain in the SAN"; a fitting host name is not enough). */
export function domainInSubjectAltName(domain: string): NameCheck {
  const accepted = [`dns:${domain}`, `_collab-edge._tls.${domain}`, `dns:collab-edge.${domain}`]
  return (_serverName, { raw }) => {
    const names = new X509Certificate(raw).subjectAltName?.toLowerCase().split(', ') ?? []
    const isFit = names.some((name) => accepted.some((wanted) => name === wanted || name.endsWith(`:${wanted}`)))
    return isFit ? undefined : unfit(`no name of the certificate (${names.join(', ')}) is the domain ${domain}`)
  }
}

/** True where a connection failed because of the certificate and not of the network. */
export function isCertificateProblem(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && certificateCodes.test(code)
}

const certificateCodes =
  /^(ERR_TLS_CERT|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(GET|VERIFY|DECODE)|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH|ERROR_IN_CERT)/

function unfit(says: string): Error {
  return Object.assign(new Error(says), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}
