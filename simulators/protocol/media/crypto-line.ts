import type { CryptoSuite } from './srtp-direction.ts'
import { cryptoSuites } from './srtp-direction.ts'

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

/** One `a=crypto:` line; none where its suite or key cannot be used. */
export function readCrypto(line: string): CryptoLine[] {
  const [tag = '', suite = '', keyParameter = '', ...sessionParameters] = line.slice('a=crypto:'.length).split(' ')
  const known = cryptoSuites.find((candidate) => candidate === suite)
  const keyAndSalt = Buffer.from(/^inline:([^|]+)/.exec(keyParameter)?.[1] ?? '', 'base64')
  // A session parameter such as UNENCRYPTED_SRTCP changes the protection and must not be overlooked (RFC 4568 §6.3).
  if (known === undefined || keyAndSalt.length !== 30 || sessionParameters.some((text) => text !== '')) return []
  return [{ tag: Number(tag), suite: known, keyAndSalt }]
}

/** The first suite of ours that the other side offers. */
export function preferredCrypto(offered: readonly CryptoLine[]): CryptoLine | undefined {
  return cryptoSuites.flatMap((suite) => offered.filter((line) => line.suite === suite))[0]
}

export function isSameKey(known: CryptoLine | undefined, line: CryptoLine): boolean {
  return known !== undefined && known.suite === line.suite && known.keyAndSalt.equals(line.keyAndSalt)
}
