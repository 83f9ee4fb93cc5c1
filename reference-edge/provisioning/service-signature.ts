import type { X509Certificate } from 'node:crypto'
import { createPrivateKey, type KeyObject, sign, verify } from 'node:crypto'
import { certificatesOf, chainProblem, ExtendedKeyUsage, missingUsages } from '../certificates/chain.ts'
import { createRequest, type SipRequest } from '../protocol/sip/message.ts'
import { type CredentialCheck, readCredentialCheck, writeCredentialCheck } from './service-body.ts'

/** How far the Date of a SERVICE may be from the verifier's clock (wire facts §6.2). */
export const serviceDateWindowMs = 60_000

export interface ServiceParts {
  /** Header fields of the transport: Via, Route, Max-Forwards. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly check: CredentialCheck
  readonly callId: string
  readonly cseq: number
  readonly fromTag: string
  readonly boundary: string
  readonly now: Date
  /** PEM texts; the certificate with its intermediates behind it. */
  readonly identity: { readonly key: string; readonly cert: string }
}

/** The SERVICE by which the Expressway has digest credentials checked, signed with its server certificate. */
export function buildService(parts: ServiceParts): SipRequest {
  const { check, identity, now } = parts
  const proxy = `<sip:serviceproxy@${check.sipDomain}>`
  const { contentType, body } = writeCredentialCheck(check, identity.cert, parts.boundary)
  const request = createRequest({
    method: 'SERVICE',
    requestUri: `sip:serviceserver@${check.sipDomain}`,
    headers: [
      ...parts.headers,
      ['Call-ID', parts.callId],
      ['CSeq', `${parts.cseq} SERVICE`],
      ['Contact', proxy],
      ['From', `${proxy};tag=${parts.fromTag}`],
      ['To', `<sip:serviceserver@${check.sipDomain}>`],
      ['Date', now.toUTCString()],
      ['Event', 'service'],
      ['P-Asserted-Identity', proxy],
      ['Content-Type', contentType],
    ],
    body,
  })
  return request.set('Identity', `"${signIdentity(request, createPrivateKey(identity.key))}"`)
}

export type ServiceVerdict =
  { readonly ok: true; readonly check: CredentialCheck } | { readonly ok: false; readonly reason: string }

/**
 * What the Control makes of a SERVICE: the credentials to check, or why it is not believed. The certificate enclosed
 * must lead to a trusted CA and be good for both ends of TLS, the signature must be its, and the Date be of this minute.
 */
export function verifyService(
  request: SipRequest,
  verifier: { readonly trust: readonly string[]; readonly now: Date },
): ServiceVerdict {
  const content = readCredentialCheck(request.first('content-type') ?? '', request.body.toString())
  if (content === undefined) return refused('body is no credential check')
  const chain = certificatesOf(content.certificatePem)
  if (chain === undefined) return refused('certificate cannot be read')
  const problem =
    certificateProblem(chain, verifier) ?? dateProblem(request, verifier.now) ?? signatureProblem(request, chain[0]!)
  return problem === undefined ? { ok: true, check: content.check } : refused(problem)
}

/**
 * RFC 4474 §9, digest-string: From, To, Call-ID, CSeq, Date and Contact joined by `|`, then the body. Signed with SHA-256
 * where the RFC has SHA-1.
 */
export function identityString(request: SipRequest): string {
  const { from, to, callId, cseq } = request
  const contact = request.addresses('contact')?.[0]
  const fields = [
    from?.uri ?? '',
    to?.uri ?? '',
    callId ?? '',
    `${cseq?.number ?? ''} ${cseq?.method ?? ''}`,
    request.first('date') ?? '',
    contact?.uri ?? '',
  ]
  return `${fields.join('|')}|${request.body.toString('latin1')}`
}

/** Base64 of the RSA-SHA256 signature, as it stands between the quotes of Identity. */
export function signIdentity(request: SipRequest, key: KeyObject): string {
  return sign('sha256', Buffer.from(identityString(request), 'latin1'), key).toString('base64')
}

function certificateProblem(
  chain: readonly X509Certificate[],
  verifier: { readonly trust: readonly string[]; readonly now: Date },
): string | undefined {
  const [certificate, ...others] = chain as [X509Certificate, ...X509Certificate[]]
  const trust = verifier.trust.flatMap((pem) => certificatesOf(pem) ?? [])
  const problem = chainProblem({ certificate, others, trust, now: verifier.now })
  if (problem !== undefined) return problem
  const missing = missingUsages(certificate, [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth])
  return missing.length === 0 ? undefined : 'certificate is not for both server and client authentication'
}

function dateProblem(request: SipRequest, now: Date): string | undefined {
  const date = Date.parse(request.first('date') ?? '')
  if (Number.isNaN(date)) return 'no Date'
  return Math.abs(date - now.getTime()) <= serviceDateWindowMs ? undefined : 'Date is not of this minute'
}

function signatureProblem(request: SipRequest, certificate: X509Certificate): string | undefined {
  if (certificate.publicKey.asymmetricKeyType !== 'rsa') return 'certificate has no RSA key'
  const value = request.first('identity') ?? ''
  const signature = Buffer.from(value.replaceAll('"', ''), 'base64')
  const isGood = verify('sha256', Buffer.from(identityString(request), 'latin1'), certificate.publicKey, signature)
  return isGood ? undefined : 'Identity is not signed by the enclosed certificate'
}

function refused(reason: string): ServiceVerdict {
  return { ok: false, reason }
}
