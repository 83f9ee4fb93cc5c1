import { RtpHeader, RtpPacket } from 'werift'
import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { Endpoint, HostNetwork } from '#runtime/network.ts'
import type { MediaPorts } from '#simulators/protocol/media/media-ports.ts'
import { openMediaPorts } from '#simulators/protocol/media/media-ports.ts'
import { decodeMuLaw, encodeMuLaw } from '#simulators/protocol/media/mu-law.ts'

/** Where a member's audio goes; nothing is sent where it does not want to hear. */
export interface MemberRemote extends Endpoint {
  readonly wantsToHear: boolean
}

/** One member's port on the bridge. */
export interface BridgePort {
  readonly local: Endpoint
  setRemote(remote: MemberRemote): void
  close(): void
}

/**
 * Unified CM's software conference bridge: every member hears the sum of all the others, G.711 µ-law, frames of 20 ms.
 * Packets are taken only from where a member said it sends from.
 */
export class ConferenceBridge {
  readonly #network: HostNetwork
  readonly #clock: MonotonicClock
  readonly #members = new Set<Member>()
  #timer: Timer | undefined
  #ticks = 0
  #started = 0n

  constructor({ network }: { network: HostNetwork }) {
    this.#network = network
    this.#clock = network.clocks.monotonic
  }

  async open(): Promise<BridgePort> {
    const receiver: { member?: Member } = {}
    const ports = await openMediaPorts({
      network: this.#network,
      range: mediaRange,
      onRtp: (packet, from) => receiver.member?.take(packet, from),
      onRtcp: () => {},
    })
    const member = new Member(ports, this.#network.random.integer(1, 0xffffffff))
    receiver.member = member
    this.#members.add(member)
    this.#timer ??= this.#begin()
    return {
      local: ports.rtp.local,
      setRemote: (remote) => void (member.remote = remote),
      close: () => this.#close(member),
    }
  }

  stop(): void {
    for (const member of [...this.#members]) this.#close(member)
  }

  #close(member: Member): void {
    if (!this.#members.delete(member)) return
    void member.ports.close()
    if (this.#members.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #begin(): Timer {
    this.#started = this.#clock.now()
    this.#ticks = 0
    return this.#clock.after(frameMs, () => this.#tick())
  }

  /** Frames keep to real time: what a busy machine was late with is caught up. */
  #tick(): void {
    if (this.#members.size === 0) return
    const due = Math.floor(Number((this.#clock.now() - this.#started) / 1_000_000n) / frameMs)
    for (let burst = 0; this.#ticks < due && burst < mostAtOnce; burst++, this.#ticks++) this.#mix()
    this.#ticks = Math.max(this.#ticks, due)
    const next = (this.#ticks + 1) * frameMs - Number((this.#clock.now() - this.#started) / 1_000n) / 1_000
    this.#timer = this.#clock.after(Math.max(1, next), () => this.#tick())
  }

  #mix(): void {
    const spoken = new Map([...this.#members].map((member) => [member, member.next()]))
    for (const member of this.#members) {
      const sum = new Int16Array(frameSamples)
      for (const [other, samples] of spoken) {
        if (other === member || samples === undefined) continue
        for (let index = 0; index < frameSamples; index++) sum[index] = clipped(sum[index]! + (samples[index] ?? 0))
      }
      member.send(sum)
    }
  }
}

/** What one member said and has not been mixed yet, and what it is sent. */
class Member {
  readonly ports: MediaPorts
  remote: MemberRemote | undefined
  readonly #ssrc: number
  readonly #frames: Int16Array[] = []
  #isFlowing = false
  #sequence = 0
  #timestamp = 0

  constructor(ports: MediaPorts, ssrc: number) {
    this.ports = ports
    this.#ssrc = ssrc
  }

  take(packet: Buffer, from: Endpoint): void {
    if (from.address !== this.remote?.address || from.port !== this.remote.port) return
    const payload = payloadOf(packet)
    if (payload === undefined) return
    this.#frames.push(decodeMuLaw(payload))
    if (this.#frames.length > mostFrames) this.#frames.shift()
  }

  /** The next frame; a member who begins to speak is let gather two first, so that none is missing later. */
  next(): Int16Array | undefined {
    this.#isFlowing = this.#frames.length >= (this.#isFlowing ? 1 : 2)
    return this.#isFlowing ? this.#frames.shift() : undefined
  }

  send(samples: Int16Array): void {
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0
    if (this.remote?.wantsToHear !== true) return
    const header = new RtpHeader({
      version: 2,
      payloadType: 0,
      sequenceNumber: this.#sequence,
      timestamp: this.#timestamp,
      ssrc: this.#ssrc,
    })
    const packet = new RtpPacket(header, encodeMuLaw(samples)).serialize()
    this.ports.rtp.send(packet, this.remote.port, this.remote.address)
  }
}

/** A frame of G.711 µ-law; undefined for anything else, which came from the network. */
function payloadOf(packet: Buffer): Buffer | undefined {
  try {
    const { header, payload } = RtpPacket.deSerialize(packet)
    return header.payloadType === 0 && payload.length === frameSamples ? payload : undefined
  } catch {
    return undefined
  }
}

function clipped(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, sample))
}

/** UDP ports of the Cisco IP Voice Media Streaming application. */
const mediaRange = [24_576, 32_767] as const
const frameMs = 20
const frameSamples = 160
const mostAtOnce = 10
/** 100 ms: what piles up behind that is late. */
const mostFrames = 5
