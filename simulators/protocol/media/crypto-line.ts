import type { CryptoSuite } from './srtp-direction.ts'

/** One crypto attribute (RFC 4568 §9.1). */
export interface CryptoLine {
  readonly tag: number
  readonly suite: CryptoSuite
  /** 16 bytes of key and 14 of salt. */
  readonly keyAndSalt: Buffer
}

export function writeCrypto({ tag, suite, keyAndSalt }: CryptoLine): string {
  return `a=crypto:${tag} ${suite} inline:${keyAndSalt.toString('base64')}|2^48`
}
