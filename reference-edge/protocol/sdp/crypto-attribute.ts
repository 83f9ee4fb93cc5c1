import type { MediaSection } from './session-description.ts'
import { readDecimal } from './session-description.ts'
import { attributeValues } from './attributes.ts'

/** Crypto suites of RFC 4568 §6.2 that the edge speaks. */
export const CryptoSuite = {
  tag80: 'AES_CM_128_HMAC_SHA1_80',
  tag32: 'AES_CM_128_HMAC_SHA1_32',
} as const
export type CryptoSuite = (typeof CryptoSuite)[keyof typeof CryptoSuite]

/** One `a=crypto` line the edge can use. */
export interface CryptoAttribute {
  readonly tag: number
  readonly suite: CryptoSuite
  /** 16 bytes of master key followed by 14 bytes of master salt. */
  readonly key: Buffer
  /** As written, such as `2^48`. */
  readonly lifetime?: string
  readonly unencryptedSrtcp: boolean
}

/** Why a crypto line cannot be used. The line is then passed over, not the whole description refused (RFC 4568 §5.1.2). */
export interface CryptoRefusal {
  readonly says: string
}

export const keyAndSaltBytes = 30

/** Reads the value of one `a=crypto` (RFC 4568 §9.1). */
export function parseCrypto(value: string): CryptoAttribute | CryptoRefusal {
  const [tagText, suiteText, keyParameter, ...parameters] = value.split(' ').filter((field) => field !== '')
  const tag = readDecimal(tagText ?? '', 999_999_999)
  if (tag === undefined) return refuse('the tag is not a number of one to nine digits')
  const suite = Object.values(CryptoSuite).find((known) => known === suiteText)
  if (suite === undefined) return refuse('the suite is unknown')
  if (keyParameter === undefined || !keyParameter.startsWith('inline:')) return refuse('the key is not given inline')
  if (keyParameter.includes(';')) return refuse('more than one master key needs an MKI')
  const unencryptedSrtcp = parameters.includes('UNENCRYPTED_SRTCP')
  // RFC 4568 §6.3.7: a parameter that is not known makes the line unusable unless its name begins with "-".
  const unknown = parameters.find((name) => name !== 'UNENCRYPTED_SRTCP' && !name.startsWith('-'))
  if (unknown !== undefined) return refuse('a session parameter is unknown')
  return withKey(keyParameter.slice('inline:'.length), { tag, suite, unencryptedSrtcp })
}

/** The crypto lines of a section that can be used, in the order of preference they were offered in. */
export function usableCrypto(section: MediaSection): CryptoAttribute[] {
  return attributeValues(section, 'crypto')
    .map(parseCrypto)
    .filter((crypto) => 'suite' in crypto)
}

/** The value of an `a=crypto` line. */
export function formatCrypto(crypto: CryptoAttribute): string {
  const lifetime = crypto.lifetime === undefined ? '' : `|${crypto.lifetime}`
  const parameter = crypto.unencryptedSrtcp ? ' UNENCRYPTED_SRTCP' : ''
  return `${crypto.tag} ${crypto.suite} inline:${crypto.key.toString('base64')}${lifetime}${parameter}`
}

function withKey(
  inline: string,
  rest: Pick<CryptoAttribute, 'tag' | 'suite' | 'unencryptedSrtcp'>,
): CryptoAttribute | CryptoRefusal {
  const [base64, first, ...further] = inline.split('|')
  if (further.length > 0 || first?.includes(':')) return refuse('an MKI is not supported')
  if (first !== undefined && !isLifetime(first)) return refuse('the lifetime cannot be read')
  const key = Buffer.from(base64!, 'base64')
  if (key.length !== keyAndSaltBytes || key.toString('base64') !== base64) {
    return refuse(`the key is not ${keyAndSaltBytes} bytes in base64`)
  }
  return first === undefined ? { ...rest, key } : { ...rest, key, lifetime: first }
}

function isLifetime(text: string): boolean {
  const exponent = text.startsWith('2^') ? readDecimal(text.slice(2), 48) : readDecimal(text, 0xffff_ffff)
  return exponent !== undefined && exponent > 0
}

function refuse(says: string): CryptoRefusal {
  return { says }
}
