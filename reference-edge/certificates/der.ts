/**
 * The few ASN.1 types (X.690, DER) of which certificates and signing requests are made. Node reads certificates but
 * writes none.
 */
export const sequence = (...parts: Uint8Array[]): Buffer => tlv(0x30, ...parts)

/** A SET of one element; more would have to be sorted. */
export const setOf = (element: Uint8Array): Buffer => tlv(0x31, element)

/** A non-negative INTEGER from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first))
  return digits[0]! >= 0x80 ? tlv(0x02, Buffer.from([0]), digits) : tlv(0x02, digits)
}

export const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]))

export const nothing = (): Buffer => tlv(0x05)

export const octetString = (content: Uint8Array): Buffer => tlv(0x04, content)

/** A BIT STRING; `unusedBits` of its last byte do not count. */
export const bitString = (content: Uint8Array, unusedBits = 0): Buffer => tlv(0x03, Buffer.from([unusedBits]), content)

export const utf8String = (text: string): Buffer => tlv(0x0c, Buffer.from(text, 'utf8'))

export const printableString = (text: string): Buffer => tlv(0x13, Buffer.from(text, 'latin1'))

export const ia5String = (text: string): Buffer => tlv(0x16, Buffer.from(text, 'latin1'))

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5), in whole seconds. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits))
}

/** `1.2.840.113549.1.1.11` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return tlv(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]))
}

/** `[number]` around complete elements. */
export const explicit = (number: number, ...parts: Uint8Array[]): Buffer => tlv(0xa0 | number, ...parts)

/** `[number]` instead of the tag of a primitive type. */
export const implicit = (number: number, content: Uint8Array): Buffer => tlv(0x80 | number, content)

function tlv(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content])
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f))
  return bytes
}
