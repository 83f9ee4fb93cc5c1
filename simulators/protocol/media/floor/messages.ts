/** Primitives of the Binary Floor Control Protocol that two endpoints use (RFC 8855 §5.1; the last four for UDP). */
export const Primitive = {
  floorRequest: 1,
  floorRelease: 2,
  floorRequestStatus: 4,
  floorQuery: 7,
  floorStatus: 8,
  hello: 11,
  helloAck: 12,
  error: 13,
  floorRequestStatusAck: 14,
  floorStatusAck: 15,
} as const
export type Primitive = (typeof Primitive)[keyof typeof Primitive]

/** REQUEST-STATUS (RFC 8855 §5.2.5). */
export const RequestStatus = { granted: 3, denied: 4, released: 6, revoked: 7 } as const

export interface FloorMessage {
  readonly primitive: number
  /** The answer to a message of the other side. */
  readonly isResponse: boolean
  readonly conference: number
  readonly transaction: number
  readonly user: number
  readonly floor?: number | undefined
  readonly request?: number | undefined
  readonly status?: number | undefined
  /** Who has the floor, or asked for it. */
  readonly beneficiary?: number | undefined
}

/** RFC 8855 §5.1, version 2: over UDP. */
export function writeFloorMessage(message: FloorMessage): Buffer {
  const attributes = Buffer.concat(attributesOf(message))
  const head = Buffer.alloc(12)
  head[0] = (2 << 5) | (message.isResponse ? responderBit : 0)
  head[1] = message.primitive
  head.writeUInt16BE(attributes.length / 4, 2)
  head.writeUInt32BE(message.conference, 4)
  head.writeUInt16BE(message.transaction, 8)
  head.writeUInt16BE(message.user, 10)
  return Buffer.concat([head, attributes])
}

/** Undefined for anything but one whole message that is not fragmented. */
export function readFloorMessage(packet: Buffer): FloorMessage | undefined {
  if (packet.length < 12 || packet[0]! >> 5 !== 2 || (packet[0]! & fragmentBit) !== 0) return undefined
  if (packet.length !== 12 + 4 * packet.readUInt16BE(2)) return undefined
  const found: Found = {}
  if (!readAttributes(packet.subarray(12), found)) return undefined
  return {
    primitive: packet[1]!,
    isResponse: (packet[0]! & responderBit) !== 0,
    conference: packet.readUInt32BE(4),
    transaction: packet.readUInt16BE(8),
    user: packet.readUInt16BE(10),
    ...found,
  }
}

const responderBit = 0x10
const fragmentBit = 0x08

const Attribute = {
  floorId: 2,
  floorRequestId: 3,
  requestStatus: 5,
  errorCode: 6,
  supportedAttributes: 10,
  supportedPrimitives: 11,
  beneficiaryInformation: 14,
  floorRequestInformation: 15,
  floorRequestStatus: 17,
  overallRequestStatus: 18,
} as const

function attributesOf(message: FloorMessage): Buffer[] {
  const { primitive, floor = 0, request } = message
  const floorId = attribute(Attribute.floorId, [sixteen(floor)])
  switch (primitive) {
    case Primitive.floorRequest:
    case Primitive.floorQuery:
      return [floorId]
    case Primitive.floorRelease:
      return [attribute(Attribute.floorRequestId, [sixteen(request ?? 0)])]
    case Primitive.floorRequestStatus:
      return [requestInformation(message)]
    case Primitive.floorStatus:
      return request === undefined ? [floorId] : [floorId, requestInformation(message)]
    case Primitive.helloAck:
      return [
        attribute(Attribute.supportedPrimitives, [Buffer.from(Object.values(Primitive))]),
        attribute(Attribute.supportedAttributes, [Buffer.from(Object.values(Attribute).map((type) => type << 1))]),
      ]
    case Primitive.error:
      return [attribute(Attribute.errorCode, [Buffer.from([unknownPrimitive])])]
    default:
      return []
  }
}

/** ERROR-CODE (RFC 8855 §5.2.6). */
const unknownPrimitive = 3

/** FLOOR-REQUEST-INFORMATION with its groups (RFC 8855 §5.2.15). */
function requestInformation({ request = 0, status = 0, floor = 0, beneficiary }: FloorMessage): Buffer {
  const overall = [sixteen(request), attribute(Attribute.requestStatus, [Buffer.from([status, 0])])]
  return attribute(Attribute.floorRequestInformation, [
    sixteen(request),
    attribute(Attribute.overallRequestStatus, overall),
    attribute(Attribute.floorRequestStatus, [sixteen(floor)]),
    ...(beneficiary === undefined ? [] : [attribute(Attribute.beneficiaryInformation, [sixteen(beneficiary)])]),
  ])
}

/** Type, mandatory bit, length with the two octets of this head, padding to four octets behind it (§5.2). */
function attribute(type: number, contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents)
  const padding = (4 - ((2 + body.length) % 4)) % 4
  return Buffer.concat([Buffer.from([(type << 1) | 1, 2 + body.length]), body, Buffer.alloc(padding)])
}

function sixteen(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

interface Found {
  floor?: number
  request?: number
  status?: number
  beneficiary?: number
}

/** Walks through attributes and the groups among them; false where a length does not fit. */
function readAttributes(bytes: Buffer, found: Found): boolean {
  for (let at = 0; at < bytes.length;) {
    const length = at + 2 > bytes.length ? 0 : bytes[at + 1]!
    if (length < 2 || at + length > bytes.length) return false
    if (!readAttribute(bytes[at]! >> 1, bytes.subarray(at + 2, at + length), found)) return false
    at += Math.ceil(length / 4) * 4
  }
  return true
}

function readAttribute(type: number, contents: Buffer, found: Found): boolean {
  const number = contents.length < 2 ? 0 : contents.readUInt16BE(0)
  switch (type) {
    case Attribute.floorId:
      found.floor = number
      return true
    case Attribute.floorRequestId:
      found.request = number
      return true
    case Attribute.requestStatus:
      found.status = contents[0] ?? 0
      return true
    case Attribute.beneficiaryInformation:
      found.beneficiary = number
      return true
    case Attribute.floorRequestStatus:
      found.floor = number
      return readAttributes(contents.subarray(2), found)
    case Attribute.floorRequestInformation:
    case Attribute.overallRequestStatus:
      found.request = number
      return readAttributes(contents.subarray(2), found)
    default:
      return true
  }
}
