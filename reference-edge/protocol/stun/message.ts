import { crc32 } from 'node:zlib'

/** Methods of RFC 5389 and RFC 5766 that a server is asked with. */
export const StunMethod = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  createPermission: 0x008,
  channelBind: 0x009,
} as const
export type StunMethod = (typeof StunMethod)[keyof typeof StunMethod]

/** Attributes that are read or written here (RFC 5389 §18.2). */
export const StunAttribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  realm: 0x0014,
  nonce: 0x0015,
  xorMappedAddress: 0x0020,
  software: 0x8022,
  fingerprint: 0x8028,
} as const

export interface StunRequest {
  readonly method: StunMethod
  /** 12 bytes. */
  readonly transactionId: Buffer
  /** Types of the attributes in order. */
  readonly attributes: readonly number[]
}

export interface StunResponse {
  readonly isSuccess: boolean
  /** Type and value of each attribute in order. */
  readonly attributes: ReadonlyArray<readonly [type: number, value: Buffer]>
}

/**
 * Reads a datagram as a STUN request (RFC 5389 §6, §7.3). Undefined where it is none: another class or method, a wrong
 * length, a wrong fingerprint.
 */
export function readStunRequest(datagram: Buffer): StunRequest | undefined {
  if (datagram.length < headerBytes || datagram.readUInt32BE(4) !== magicCookie) return undefined
  const length = datagram.readUInt16BE(2)
  if (length % 4 !== 0 || headerBytes + length !== datagram.length) return undefined
  const type = datagram.readUInt16BE(0)
  // Class bits of a request are 0, so that its type is the method.
  const method = Object.values(StunMethod).find((known) => known === type)
  const attributes = method === undefined ? undefined : attributeTypes(datagram)
  if (method === undefined || attributes === undefined) return undefined
  return { method, transactionId: datagram.subarray(8, headerBytes), attributes }
}

/** The answer to a request, with a fingerprint behind everything else. */
export function writeStunResponse(
  request: Pick<StunRequest, 'method' | 'transactionId'>,
  response: StunResponse,
): Buffer {
  const attributes = response.attributes.map(([type, value]) => attribute(type, value))
  const body = Buffer.concat(attributes)
  const header = Buffer.alloc(headerBytes)
  header.writeUInt16BE(typeOfResponse(request.method, response.isSuccess), 0)
  header.writeUInt16BE(body.length + fingerprintBytes, 2)
  header.writeUInt32BE(magicCookie, 4)
  request.transactionId.copy(header, 8)
  const covered = Buffer.concat([header, body])
  return Buffer.concat([covered, attribute(StunAttribute.fingerprint, fingerprintOf(covered))])
}

/** XOR-MAPPED-ADDRESS of an IPv4 address (RFC 5389 §15.2). */
export function xorMappedAddress({ address, port }: { readonly address: string; readonly port: number }): Buffer {
  const value = Buffer.alloc(8)
  value.writeUInt8(ipv4Family, 1)
  value.writeUInt16BE(port ^ (magicCookie >>> 16), 2)
  const number = Buffer.from(address.split('.').map(Number)).readUInt32BE(0)
  value.writeUInt32BE((number ^ magicCookie) >>> 0, 4)
  return value
}

/** ERROR-CODE (RFC 5389 §15.6). */
export function errorCode(code: number, reason: string): Buffer {
  return Buffer.concat([Buffer.from([0, 0, Math.floor(code / 100), code % 100]), Buffer.from(reason)])
}

/** UNKNOWN-ATTRIBUTES (RFC 5389 §15.9). */
export function unknownAttributes(types: readonly number[]): Buffer {
  const value = Buffer.alloc(types.length * 2)
  for (const [index, type] of types.entries()) value.writeUInt16BE(type, index * 2)
  return value
}

/** Whoever does not know such an attribute cannot answer the request (RFC 5389 §15). */
export function isComprehensionRequired(type: number): boolean {
  return type < 0x8000
}

const headerBytes = 20
const magicCookie = 0x2112_a442
const ipv4Family = 0x01
const fingerprintBytes = 8
const mostAttributes = 64

/** Success 0x100, error 0x110, put between the bits of the method (RFC 5389 §6); methods here are all below 0x10. */
function typeOfResponse(method: StunMethod, isSuccess: boolean): number {
  return method | (isSuccess ? 0x0100 : 0x0110)
}

function attributeTypes(datagram: Buffer): number[] | undefined {
  const types: number[] = []
  for (let at = headerBytes; at < datagram.length;) {
    const type = datagram.readUInt16BE(at)
    const length = datagram.readUInt16BE(at + 2)
    const end = at + 4 + Math.ceil(length / 4) * 4
    if (end > datagram.length || types.length === mostAttributes) return undefined
    if (type === StunAttribute.fingerprint) {
      const isRight = length === 4 && datagram.subarray(at + 4, at + 8).equals(fingerprintOf(datagram.subarray(0, at)))
      if (!isRight) return undefined
    }
    types.push(type)
    at = end
  }
  return types
}

function attribute(type: number, value: Buffer): Buffer {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
  padded.writeUInt16BE(type, 0)
  padded.writeUInt16BE(value.length, 2)
  value.copy(padded, 4)
  return padded
}

/** RFC 5389 §15.5; `covered` has the length of the whole message in its header. */
function fingerprintOf(covered: Buffer): Buffer {
  const value = Buffer.alloc(4)
  value.writeUInt32BE((crc32(covered) ^ 0x5354_554e) >>> 0, 0)
  return value
}
