import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import { type DigestCredentials, formatChallenge, isProven, parseCredentials } from '../../protocol/sip/digest.ts'
import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import { NonceBook } from '../../protocol/sip/nonce.ts'
import { parseUri, sameUri } from '../../protocol/sip/uri.ts'
import type { CredentialVerdict } from './credential-service.ts'

/** Status of the challenge to clients, and the header pair that belongs to it (wire facts §14, Q1). */
export type ChallengeStatus = 401 | 407

export type GateVerdict =
  | { readonly kind: 'good'; readonly user: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'wrong'; readonly user: string }
  | { readonly kind: 'unanswered'; readonly status: 408 | 503 }
  /** No credentials help: the Control does not believe this VCS. */
  | { readonly kind: 'disbelieved' }

export interface DigestGateOptions {
  readonly wall: WallClock
  readonly random: Random
  /** The Expressway's FQDN. */
  readonly realm: string
  readonly ask: (
    control: SipConnection | undefined,
    request: SipRequest,
    credentials: DigestCredentials,
  ) => Promise<CredentialVerdict>
}

/** Remote digest cache lifetime and limit (wire facts §6.2). */
export const digestCacheSeconds = 600
const mostCached = 10_000

/** Challenges clients and judges what they answer; a Control is asked once per user and cache lifetime. */
export class DigestGate {
  readonly #options: DigestGateOptions
  readonly #nonces: NonceBook
  readonly #opaque: string
  readonly #cache = new Map<string, { ha1: string; until: number }>()
  readonly #asking = new Map<string, Promise<CredentialVerdict>>()

  constructor(options: DigestGateOptions) {
    this.#options = options
    this.#nonces = new NonceBook(options.wall, options.random)
    this.#opaque = options.random.hex(32)
  }

  get cached(): number {
    return this.#cache.size
  }

  /** Header and value of a challenge. */
  challenge(status: ChallengeStatus, source: string, isStale: boolean): readonly [name: string, value: string] {
    const nonce = this.#nonces.issue(source)
    const value = formatChallenge({ realm: this.#options.realm, nonce, opaque: this.#opaque, isStale, qop: 'auth' })
    return [status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate', value]
  }

  /** `control` is the one to ask, which the request is for; `source` the client's address. */
  async judge(
    request: SipRequest,
    { source, control }: { source: string; control: SipConnection | undefined },
  ): Promise<GateVerdict> {
    const credentials = credentialsFor(request, this.#options.realm)
    if (credentials === undefined) return { kind: 'none' }
    const user = credentials.username
    if (!isForThis(request, credentials)) return { kind: 'wrong', user }
    const nonce = this.#nonces.use(credentials.nonce, credentials.quality?.nonceCount, source)
    if (nonce !== 'good') return { kind: 'stale' }
    const key = JSON.stringify([user, credentials.realm])
    // Two requests at once are one question: the second is judged by the answer to the first.
    await this.#asking.get(key)
    const known = this.#known(key)
    if (known !== undefined && isProven(credentials, request.method, { ha1: known })) return { kind: 'good', user }
    const verdict = await this.#ask(key, this.#options.ask(control, request, credentials))
    if (verdict.kind === 'unanswered' || verdict.kind === 'disbelieved') return verdict
    if (verdict.kind === 'refused') return { kind: 'wrong', user }
    return isProven(credentials, request.method, verdict) ? { kind: 'good', user } : { kind: 'wrong', user }
  }

  async #ask(key: string, asking: Promise<CredentialVerdict>): Promise<CredentialVerdict> {
    this.#asking.set(key, asking)
    const verdict = await asking.finally(() => this.#asking.delete(key))
    if (verdict.kind === 'good') this.#remember(key, verdict.ha1)
    return verdict
  }

  #known(key: string): string | undefined {
    const entry = this.#cache.get(key)
    if (entry === undefined || entry.until > this.#options.wall.now().getTime()) return entry?.ha1
    this.#cache.delete(key)
    return undefined
  }

  #remember(key: string, ha1: string): void {
    this.#cache.delete(key)
    if (this.#cache.size >= mostCached) this.#cache.delete(this.#cache.keys().next().value!)
    this.#cache.set(key, { ha1, until: this.#options.wall.now().getTime() + digestCacheSeconds * 1000 })
  }
}

/** Whether a request carries credentials for this realm at all, in either header. */
export function credentialsFor(request: SipRequest, realm: string): DigestCredentials | undefined {
  for (const name of ['proxy-authorization', 'authorization'] as const) {
    for (const line of request.headers.linesOf(name)) {
      const credentials = parseCredentials(line.value)
      if (credentials?.realm === realm) return credentials
    }
  }
  return undefined
}

/** Credentials for this realm are ours alone and stay here (RFC 3261 §22.3), as does what cannot be read. */
export function removeCredentials(request: SipRequest, realm: string): void {
  for (const name of ['proxy-authorization', 'authorization'] as const) {
    const lines = request.headers.linesOf(name)
    if (lines.length === 0) continue
    request.remove(name)
    request.headers.takeOver(lines.filter((line) => ![undefined, realm].includes(parseCredentials(line.value)?.realm)))
  }
}

/** The digest was made for this request: its uri is the request's (RFC 2617 §3.2.2.5). */
function isForThis(request: SipRequest, { uri }: DigestCredentials): boolean {
  if (uri === request.requestUri) return true
  const [given, wanted] = [parseUri(uri), request.sipUri]
  return given !== undefined && wanted !== undefined && sameUri(given, wanted)
}
