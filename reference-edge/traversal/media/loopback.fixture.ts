import type { Endpoint, UdpPort } from '#runtime/network.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { emptyRtpPacket, parseRtpHeader } from '../../protocol/rtp/rtp-header.ts'
import type { SrtpMaster } from '../../protocol/rtp/srtp-keys.ts'
import { SrtpReceiver, SrtpSender } from '../../protocol/rtp/srtp.ts'
import type { MediaRefusal } from './media-refusal.ts'

export interface Arrival {
  readonly datagram: Buffer
  readonly from: Endpoint
}

/** A UDP port that keeps what arrives. */
export class Socket {
  readonly arrivals: Arrival[] = []
  readonly port: UdpPort

  private constructor(port: UdpPort, arrivals: Arrival[]) {
    this.port = port
    this.arrivals = arrivals
  }

  static async open(address: string, port = 0): Promise<Socket> {
    const arrivals: Arrival[] = []
    const { network } = testHost({ address })
    const onMessage = (datagram: Buffer, from: Endpoint) => void arrivals.push({ datagram, from })
    return new Socket(await network.udp({ port, protocol: 'RTP', onMessage }), arrivals)
  }

  send(packet: Uint8Array, to: Endpoint): void {
    this.port.send(packet, to.port, to.address)
  }

  async received(count: number): Promise<Buffer[]> {
    await waitFor(`${count} datagrams`, () => this.arrivals.length >= count, { lastSeen: () => this.arrivals.length })
    return this.arrivals.map((arrival) => arrival.datagram)
  }
}

export function master(fill: number, suite: SrtpMaster['suite'] = 'AES_CM_128_HMAC_SHA1_80'): SrtpMaster {
  return { suite, key: Buffer.from(Array.from({ length: 30 }, (_, index) => (index * 7 + fill) & 0xff)) }
}

/** 20 ms of a tone as an RTP packet. */
export function tone(sequence: number, ssrc = 0x1234, payloadType = 0): Buffer {
  const samples = Array.from(
    { length: 160 },
    (_, index) => 128 + Math.round(100 * Math.sin((sequence * 160 + index) / 3)),
  )
  const header = emptyRtpPacket({ payloadType, sequence, timestamp: sequence * 160, ssrc })
  return Buffer.concat([header, Buffer.from(samples)])
}

/** A Control's probe before it is secured: RTP without payload. */
export function probe(sequence: number): Buffer {
  return emptyRtpPacket({ payloadType: 127, sequence, timestamp: 0, ssrc: 7 })
}

export function opened<Stream extends object>(stream: Stream | MediaRefusal): Stream {
  if ('refusal' in stream) throw new Error(`refused: ${stream.refusal}`)
  return stream
}

/** The SRTP ends of an outside client. */
export class SecureClient {
  readonly #sender: SrtpSender
  readonly #receiver: SrtpReceiver

  constructor(own: SrtpMaster, other: SrtpMaster) {
    this.#sender = new SrtpSender(own)
    this.#receiver = new SrtpReceiver(other)
  }

  protect(packet: Buffer): Buffer {
    return mustBePacket(this.#sender.protect(packet))
  }

  protectControl(packet: Buffer): Buffer {
    return mustBePacket(this.#sender.protectControl(packet))
  }

  unprotect(packet: Buffer): Buffer {
    return mustBePacket(this.#receiver.unprotect(Buffer.from(packet)))
  }
}

export function payloadType(packet: Buffer): number | undefined {
  return parseRtpHeader(packet)?.payloadType
}

function mustBePacket(result: Buffer | string): Buffer {
  if (typeof result === 'string') throw new Error(`refused: ${result}`)
  return result
}
