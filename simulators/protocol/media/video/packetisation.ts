/**
 * The RTP payloads of one picture, packetization-mode 1 (RFC 6184): small NAL units together in a STAP-A (§5.7.1), large
 * ones in FU-A fragments (§5.8), others as they are.
 */
export function packetise(nals: readonly Buffer[], mostBytes: number): Buffer[] {
  const payloads: Buffer[] = []
  let together: Buffer[] = []
  const flush = () => {
    if (together.length === 1) payloads.push(together[0]!)
    if (together.length > 1) payloads.push(aggregate(together))
    together = []
  }
  for (const nal of nals) {
    if (aggregateBytes([...together, nal]) > mostBytes) flush()
    if (nal.length > mostBytes) payloads.push(...fragments(nal, mostBytes))
    else together.push(nal)
  }
  flush()
  return payloads
}

/** Puts the NAL units of a stream together again, packet by packet in their order. */
export class Depacketiser {
  #fragments: Buffer[] | undefined

  /** Forgets what was begun: a packet is missing. */
  reset(): void {
    this.#fragments = undefined
  }

  /** NAL units that are whole with this payload; undefined where it cannot be read or its beginning is missing. */
  take(payload: Buffer): Buffer[] | undefined {
    const type = payload.length === 0 ? 0 : payload[0]! & typeBits
    if (type === stapA) return split(payload.subarray(1))
    if (type === fuA) return this.#fragment(payload)
    return type >= 1 && type < stapA ? [payload] : undefined
  }

  #fragment(payload: Buffer): Buffer[] | undefined {
    if (payload.length < 3) return undefined
    const [indicator, header] = [payload[0]!, payload[1]!]
    if ((header & startBit) !== 0) {
      this.#fragments = [Buffer.from([(indicator & ~typeBits) | (header & typeBits)])]
    }
    if (this.#fragments === undefined) return undefined
    this.#fragments.push(payload.subarray(2))
    if ((header & endBit) === 0) return []
    const nal = Buffer.concat(this.#fragments)
    this.#fragments = undefined
    return [nal]
  }
}

const typeBits = 0x1f
const stapA = 24
const fuA = 28
const startBit = 0x80
const endBit = 0x40

const aggregateBytes = (nals: readonly Buffer[]) => nals.reduce((sum, nal) => sum + 2 + nal.length, 1)

function aggregate(nals: readonly Buffer[]): Buffer {
  const importance = Math.max(...nals.map((nal) => nal[0]! & 0x60))
  const units = nals.flatMap((nal) => [Buffer.from([nal.length >> 8, nal.length & 0xff]), nal])
  return Buffer.concat([Buffer.from([importance | stapA]), ...units])
}

function split(units: Buffer): Buffer[] | undefined {
  const nals: Buffer[] = []
  for (let at = 0; at < units.length;) {
    if (at + 2 > units.length) return undefined
    const end = at + 2 + units.readUInt16BE(at)
    if (end > units.length || end === at + 2) return undefined
    nals.push(units.subarray(at + 2, end))
    at = end
  }
  return nals
}

function fragments(nal: Buffer, mostBytes: number): Buffer[] {
  const room = mostBytes - 2
  const count = Math.ceil((nal.length - 1) / room)
  const [indicator, type] = [(nal[0]! & ~typeBits) | fuA, nal[0]! & typeBits]
  return Array.from({ length: count }, (_, index) => {
    const start = index === 0 ? startBit : 0
    const end = index === count - 1 ? endBit : 0
    const part = nal.subarray(1 + index * room, 1 + (index + 1) * room)
    return Buffer.concat([Buffer.from([indicator, start | end | type]), part])
  })
}
