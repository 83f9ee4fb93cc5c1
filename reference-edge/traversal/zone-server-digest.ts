import { timingSafeEqual } from 'node:crypto'
import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import { formatChallenge, isProven, parseCredentials } from '../protocol/sip/digest.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { NonceBook } from '../protocol/sip/nonce.ts'

/** Realm of a traversal zone's digest; its text is known from older releases only (wire facts §14, Q8). */
export const traversalRealm = 'traversal (cluster 1)'

/** `none`: no credentials; `stale`: good form, old nonce; `wrong`: they do not prove the zone's password. */
export type ZoneDigestVerdict = 'good' | 'none' | 'stale' | 'wrong'

/** Judges the credentials of a traversal zone's OPTIONS. */
export class ZoneDigest {
  readonly #nonces: NonceBook
  readonly #credentials: () => { readonly username: string; readonly password: string | undefined }

  constructor(options: {
    wall: WallClock
    random: Random
    credentials: () => { readonly username: string; readonly password: string | undefined }
  }) {
    this.#nonces = new NonceBook(options.wall, options.random)
    this.#credentials = options.credentials
  }

  /** The value of WWW-Authenticate. */
  challenge(source: string, isStale: boolean): string {
    const nonce = this.#nonces.issue(source)
    return formatChallenge({ realm: traversalRealm, nonce, opaque: undefined, isStale, qop: 'auth' })
  }

  judge(request: SipRequest, source: string): ZoneDigestVerdict {
    const value = request.first('authorization')
    if (value === undefined) return 'none'
    const given = parseCredentials(value)
    const { username, password } = this.#credentials()
    if (given === undefined || given.realm !== traversalRealm || given.uri !== request.requestUri) return 'wrong'
    if (password === undefined) return 'wrong'
    if (!isSame(given.username, username) || !isProven(given, request.method, { password })) return 'wrong'
    return this.#nonces.use(given.nonce, given.quality?.nonceCount, source) === 'good' ? 'good' : 'stale'
  }
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
