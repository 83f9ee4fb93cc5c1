import type { TraceEvent } from '#runtime/trace.ts'

/** RTP that one host received from another, between one pair of ports, in the order of arrival. */
export interface CapturedStream {
  /** `address:port` of the sender and of the receiver. */
  readonly from: string
  readonly to: string
  readonly packets: readonly Buffer[]
}

/** The RTP streams from `address` that `host` received, as they were on the wire. */
export function capturedStreams(events: readonly TraceEvent[], address: string, host: string): CapturedStream[] {
  const streams = new Map<string, CapturedStream & { packets: Buffer[] }>()
  for (const { kind, protocol, direction, host: observer, remote = '', local = '', bytes } of events) {
    if (kind !== 'segment' || protocol !== 'RTP' || direction !== 'received') continue
    if (observer !== host || !remote.startsWith(`${address}:`) || bytes === undefined) continue
    const key = `${remote} ${local}`
    const stream = streams.get(key) ?? { from: remote, to: local, packets: [] }
    streams.set(key, stream)
    stream.packets.push(Buffer.from(bytes, 'base64'))
  }
  return [...streams.values()]
}

/** What a reader without any key takes for the payload: everything behind the fixed header. RFC 3550 §5.1. */
export function payloadOf(packet: Buffer): Buffer {
  return packet.subarray(fixedHeaderBytes + 4 * (packet[0]! & 0x0f))
}

/** Share of a tone in the energy of what the payloads say as G.711 µ-law at 8 kHz: 1 for the pure tone, near 0 for noise. */
export function shareOfTone({ packets }: CapturedStream, hz: number): number {
  const shares = packets.map((packet) => shareIn(Array.from(payloadOf(packet).subarray(0, frameSamples), decode), hz))
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length)
}

const fixedHeaderBytes = 12
const sampleRate = 8_000
/** 20 ms. */
const frameSamples = 160

/** Energy of the best sine of this frequency, by correlation with sine and cosine, over the whole energy. */
function shareIn(samples: readonly number[], hz: number): number {
  let [sine, cosine, energy] = [0, 0, 0]
  samples.forEach((sample, index) => {
    const angle = (2 * Math.PI * hz * index) / sampleRate
    sine += sample * Math.sin(angle)
    cosine += sample * Math.cos(angle)
    energy += sample ** 2
  })
  return energy === 0 ? 0 : (2 * (sine ** 2 + cosine ** 2)) / (samples.length * energy)
}

/** ITU-T G.711 µ-law, one code to linear. */
function decode(code: number): number {
  const inverted = ~code & 0xff
  const magnitude = ((((inverted & 0x0f) << 3) + 132) << ((inverted >> 4) & 7)) - 132
  return (inverted & 0x80) === 0 ? magnitude : -magnitude
}
