import type { HostEnvironment } from '#runtime/host.ts'
import { isMacGood, macOf, problemOfKey } from '../protocol/ntp/mac.ts'
import type { NtpKey } from '../protocol/ntp/mac.ts'
import { decodeNtpPacket, encodeNtpHeader, ntpMode, withMac } from '../protocol/ntp/packet.ts'
import type { NtpPacket } from '../protocol/ntp/packet.ts'
import type { NtpTimestamp } from '../protocol/ntp/timestamp.ts'
import { millisecondsBetween, timestampOf } from '../protocol/ntp/timestamp.ts'
import type { NtpServerSettings } from './ntp-settings.ts'

/** What one good answer says (RFC 5905 §8). */
export interface NtpSample {
  readonly kind: 'sample'
  readonly peer: string
  readonly stratum: number
  readonly referenceId: string
  /** How far the server's clock is ahead of ours. */
  readonly offsetMs: number
  /** Round trip. */
  readonly delayMs: number
  /** Most that `offsetMs` can be wrong by, the server's own distance from the reference clock included. */
  readonly distanceMs: number
  readonly isAuthenticated: boolean
  /** The server's clock when it answered, ours when that came, and the monotonic time of it. */
  readonly server: NtpTimestamp
  readonly ours: NtpTimestamp
  readonly monotonicMs: number
}

/** `silent`: nothing came. `moved`: our clock was set between question and answer, which says nothing of the server. */
export type NtpOutcome =
  | NtpSample
  | { readonly kind: 'silent'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'slow down'; readonly reason: string }
  | { readonly kind: 'moved' }

/** Asks one server once, from a port of its own; answered within two seconds whatever happens. */
export async function askNtpServer(
  environment: HostEnvironment,
  settings: NtpServerSettings,
  signal: AbortSignal,
): Promise<NtpOutcome> {
  const key = keyOf(settings)
  if (typeof key === 'string') return { kind: 'rejected', reason: key }
  const [peer] = await environment.network.resolver.addresses(settings.address).catch(() => [])
  if (peer === undefined) return { kind: 'silent', reason: 'name not resolved' }
  return new Question(environment, peer, key).ask(signal)
}

/** Undefined: none; a text: why there is none though there should be. */
function keyOf({ authentication, keyId, hash, key }: NtpServerSettings): NtpKey | string | undefined {
  if (authentication === 'Disabled') return undefined
  if (authentication === 'Private key') return 'Private key authentication (RFC 5906) is not available'
  if (keyId === undefined || key === undefined) return 'the symmetric key is not configured'
  if (!Number.isInteger(keyId) || keyId < 1 || keyId > 65_535) return 'the key ID is not between 1 and 65535'
  return problemOfKey(key) ?? { id: keyId, hash: hash ?? 'SHA-1', key }
}

/** One exchange: what was sent, and what to make of a datagram that comes. */
class Question {
  readonly #environment: HostEnvironment
  readonly #peer: string
  readonly #key: NtpKey | undefined
  readonly #transmit: NtpTimestamp
  readonly #sentAt: number
  readonly #sentMonotonicMs: number
  /** Why what came so far was not believed. */
  #disbelief: string | undefined

  constructor(environment: HostEnvironment, peer: string, key: NtpKey | undefined) {
    this.#environment = environment
    this.#peer = peer
    this.#key = key
    this.#sentAt = environment.clocks.wall.now().getTime()
    this.#sentMonotonicMs = this.#monotonicMs()
    this.#transmit = withUnguessableEnd(timestampOf(this.#sentAt), environment)
  }

  async ask(signal: AbortSignal): Promise<NtpOutcome> {
    const { promise, resolve } = Promise.withResolvers<NtpOutcome>()
    const { network, clocks } = this.#environment
    const port = await network.udp({
      port: 0,
      protocol: 'NTP',
      onMessage: (datagram, from) => {
        const outcome = from.address === this.#peer && from.port === ntpPort ? this.#judge(datagram) : undefined
        if (outcome !== undefined) resolve(outcome)
      },
    })
    const giveUp = () => resolve(this.#nothing())
    const limit = clocks.monotonic.after(answerMs, giveUp)
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    port.send(this.#datagram(), ntpPort, this.#peer)
    try {
      return await promise
    } finally {
      limit.cancel()
      signal.removeEventListener('abort', giveUp)
      await port.close()
    }
  }

  #datagram(): Buffer {
    const header = encodeNtpHeader({
      leap: 0,
      version: 4,
      mode: ntpMode.client,
      stratum: 0,
      poll: 6,
      precision: -10,
      rootDelayMs: 0,
      rootDispersionMs: 0,
      referenceId: Buffer.alloc(4),
      reference: 0n,
      origin: 0n,
      receive: 0n,
      transmit: this.#transmit,
    })
    return this.#key === undefined ? header : withMac(header, macOf(header, this.#key))
  }

  #nothing(): NtpOutcome {
    if (this.#disbelief !== undefined) return { kind: 'rejected', reason: this.#disbelief }
    return { kind: 'silent', reason: 'no answer' }
  }

  /** Undefined: go on waiting. Whoever did not see the question cannot know its time; whoever has not the key cannot answer for the server. */
  #judge(datagram: Buffer): NtpOutcome | undefined {
    const packet = decodeNtpPacket(datagram)
    if (packet === undefined || packet.mode !== ntpMode.server || packet.origin !== this.#transmit) return undefined
    if (this.#key !== undefined && !isMacGood(packet, this.#key)) {
      const isNak = packet.mac?.keyId === 0
      this.#disbelief = isNak ? 'the server refuses our key' : 'authentication failed'
      return undefined
    }
    if (packet.stratum === 0) return kissOfDeath(packet)
    if (packet.leap === 3 || packet.stratum > highestStratum) {
      return { kind: 'rejected', reason: 'the server is not synchronized itself' }
    }
    if (packet.transmit === 0n || packet.receive === 0n) return { kind: 'rejected', reason: 'the server sent no time' }
    return this.#sample(packet)
  }

  #sample(packet: NtpPacket): NtpOutcome {
    const now = this.#environment.clocks.wall.now().getTime()
    const monotonicMs = this.#monotonicMs()
    const elapsed = monotonicMs - this.#sentMonotonicMs
    if (Math.abs(now - this.#sentAt - elapsed) > clockMoveMs) return { kind: 'moved' }
    const ours = timestampOf(now)
    const there = millisecondsBetween(timestampOf(this.#sentAt), packet.receive)
    const back = millisecondsBetween(packet.transmit, ours)
    const delayMs = Math.max(0, there + back)
    return {
      kind: 'sample',
      peer: this.#peer,
      stratum: packet.stratum,
      referenceId: referenceText(packet),
      offsetMs: Math.round((there - back) / 2),
      delayMs: Math.round(delayMs),
      distanceMs: Math.round(delayMs / 2 + packet.rootDelayMs / 2 + packet.rootDispersionMs),
      isAuthenticated: this.#key !== undefined,
      server: packet.transmit,
      ours,
      monotonicMs,
    }
  }

  #monotonicMs(): number {
    return Number(this.#environment.clocks.monotonic.now() / 1_000n) / 1_000
  }
}

/** RFC 5905 §7.4. RATE is to be obeyed; DENY and RSTR mean that this server is not for us. */
function kissOfDeath(packet: NtpPacket): NtpOutcome {
  const code = packet.referenceId.toString('latin1').replace(/[^\x20-\x7e]/g, '')
  const reason = `kiss-o'-death ${code}`
  return { kind: code === 'RATE' ? 'slow down' : 'rejected', reason }
}

/** Below stratum 2 four characters name a reference clock; above it is an address. */
function referenceText({ stratum, referenceId }: NtpPacket): string {
  if (stratum === 1) return referenceId.toString('latin1').replace(/[^\x20-\x7e]/g, '')
  return [...referenceId].join('.')
}

/** The clock counts milliseconds; 20 bits below are drawn, so that nobody off the path can guess the origin timestamp. */
function withUnguessableEnd(timestamp: NtpTimestamp, { random }: HostEnvironment): NtpTimestamp {
  const end = (1n << 20n) - 1n
  return (timestamp & ~end) | BigInt(random.integer(0, Number(end)))
}

const ntpPort = 123
const highestStratum = 15
/** Real time. */
const answerMs = 1_000
/** Between question and answer our clock may differ from the monotonic one by this much: rounding, no more. */
const clockMoveMs = 20
