import type { CryptoAttribute } from '../../protocol/sdp/crypto-attribute.ts'
import { CryptoSuite, usableCrypto } from '../../protocol/sdp/crypto-attribute.ts'
import type { Direction } from '../../protocol/sdp/attributes.ts'
import { destinationOf, directionOf, isRtp, isSecure, payloadFormats } from '../../protocol/sdp/attributes.ts'
import {
  placedAt,
  rejected,
  secured,
  unsecured,
  withOrigin,
  withoutAttributes,
  withSessionConnection,
} from '../../protocol/sdp/rewriting.ts'
import type { MediaSection, SessionDescription } from '../../protocol/sdp/session-description.ts'
import type { ControlMedia, ControlMediaStream } from '../../traversal/media/control-media.ts'
import type { Side } from '../../control/sip-peer.ts'
import { otherSide } from '../../control/sip-peer.ts'

/** Why a description cannot be passed on; becomes the status of a final response. */
export interface MediaProblem {
  readonly status: 488 | 503
  readonly says: string
}

export type Mapped = { readonly ok: true; readonly sdp: SessionDescription } | ({ readonly ok: false } & MediaProblem)

/** One m-line of the call. */
interface Line {
  readonly stream: ControlMediaStream
  /** The suite agreed upon with the outside; a later offer of ours keeps to it, since its key serves on. */
  agreed?: Pick<CryptoAttribute, 'suite' | 'unencryptedSrtcp'>
}

interface PendingOffer {
  readonly from: Side
  readonly received: SessionDescription
  /** For each m-line: the crypto line of the offer that an answer of ours takes up. */
  readonly chosen: ReadonlyArray<CryptoAttribute | undefined>
}

interface Agreement {
  readonly outside: SessionDescription
  readonly inside: SessionDescription
  /** For each m-line: what the client outside encrypts with. */
  readonly crypto: ReadonlyArray<CryptoAttribute | undefined>
}

/**
 * The media of one call through the B2BUA: maps each description of one leg to the one for the other, SRTP outside and
 * RTP inside, and moves its streams when an offer and its answer have made an agreement (RFC 3264).
 */
export class CallMedia {
  readonly #media: ControlMedia
  readonly #address: string
  readonly #label: string
  readonly #lines: (Line | undefined)[] = []
  readonly #versions = { outside: 0, inside: 0 }
  #pending: PendingOffer | undefined
  #agreement: Agreement | undefined
  #isClosed = false

  constructor(options: { media: ControlMedia; address: string; label: string }) {
    this.#media = options.media
    this.#address = options.address
    this.#label = options.label
  }

  get streams(): readonly ControlMediaStream[] {
    return this.#lines.flatMap((line) => (line === undefined ? [] : [line.stream]))
  }

  /** The offer to send to the other side. Nothing changes for the media before `answer`. */
  async offer(from: Side, sdp: SessionDescription): Promise<Mapped> {
    const chosen = sdp.media.map((section) => (from === 'outside' ? preferredCrypto(section) : undefined))
    const usable = sdp.media.map((section, index) => index < mostStreams && isUsable(from, section, chosen[index]))
    const problem = refuseOffer(sdp, usable)
    if (problem !== undefined) return { ok: false, ...problem }
    for (const [index, section] of sdp.media.entries()) {
      if (usable[index] !== true || this.#lines[index] !== undefined) continue
      const stream = await this.#open(section, index)
      if (stream === undefined) return { ok: false, status: 503, says: 'no media resources' }
      this.#lines[index] = { stream }
    }
    this.#pending = { from, received: sdp, chosen }
    const to = otherSide(from)
    return { ok: true, sdp: this.#describe(to, sdp, (section, index) => this.#offered(to, section, index, usable)) }
  }

  /** The answer to send back to whoever made the pending offer; `settle` once it is sent. */
  answer(from: Side, sdp: SessionDescription): Mapped {
    const pending = this.#pending
    this.#pending = undefined
    if (pending === undefined || pending.from === from) return refused('an answer without an offer')
    if (sdp.media.length !== pending.received.media.length)
      return refused('an answer with other m-lines than its offer')
    const crypto = from === 'outside' ? sdp.media.map((section) => usableCrypto(section)[0]) : [...pending.chosen]
    const isKeyMissing = sdp.media.some(
      (section, index) => section.port !== 0 && isRtp(section) && this.#lines[index] !== undefined && !crypto[index],
    )
    if (isKeyMissing) return refused('media are not encrypted')
    const agreement: Agreement = {
      outside: from === 'outside' ? sdp : pending.received,
      inside: from === 'inside' ? sdp : pending.received,
      crypto,
    }
    const to = otherSide(from)
    this.#renewKeys(agreement)
    const mapped = this.#describe(to, sdp, (section, index) => this.#answered(to, section, index, crypto[index]))
    this.#agreement = agreement
    return { ok: true, sdp: mapped }
  }

  /** Our answer has gone out: streams go where both sides said. Before, the Expressway would not know our key. */
  settle(): void {
    const agreement = this.#agreement
    this.#agreement = undefined
    if (agreement !== undefined && !this.#isClosed) this.#apply(agreement)
  }

  /** The pending offer was refused: everything stays as agreed before. */
  abandon(): void {
    this.#pending = undefined
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#pending = undefined
    await Promise.all(this.#lines.splice(0).map((line) => line?.stream.close()))
  }

  async #open(section: MediaSection, index: number): Promise<ControlMediaStream | undefined> {
    const clockRate = payloadFormats(section)[0]?.clockRate ?? 8_000
    const stream = await this.#media.open({ label: `${this.#label}/${index} ${section.kind}`, clockRate })
    if ('refusal' in stream) return undefined
    if (!this.#isClosed) return stream
    await stream.close()
    return undefined
  }

  #describe(
    to: Side,
    sdp: SessionDescription,
    change: (section: MediaSection, index: number) => MediaSection,
  ): SessionDescription {
    const version = ++this.#versions[to]
    const own = withSessionConnection(withOrigin(sdp, { address: this.#address, version }), this.#address)
    const lines = own.lines.filter((line) => line.type !== 'a' || !isKeyingOrIce(line.value))
    return { lines, media: sdp.media.map(change) }
  }

  #offered(to: Side, section: MediaSection, index: number, usable: readonly boolean[]): MediaSection {
    const line = this.#lines[index]
    if (line === undefined || usable[index] !== true) return rejected(section)
    if (to === 'inside') return placedAt(unsecured(cleaned(section)), line.stream.inside)
    return placedAt(secured(cleaned(section), cryptoOffer(line)), line.stream.outside)
  }

  #answered(to: Side, section: MediaSection, index: number, chosen: CryptoAttribute | undefined): MediaSection {
    const line = this.#lines[index]
    if (line === undefined || section.port === 0) return rejected(section)
    if (to === 'inside') return placedAt(unsecured(cleaned(section)), line.stream.inside)
    const { lifetime: _, ...rest } = chosen!
    const crypto = { ...rest, key: Buffer.from(line.stream.outside.crypto!.key), lifetime: keyLifetime }
    return placedAt(secured(cleaned(section), [crypto]), line.stream.outside)
  }

  /** Under another suite than before the same key must not be used again. */
  #renewKeys({ crypto }: Agreement): void {
    for (const [index, line] of this.#lines.entries()) {
      const suite = crypto[index]?.suite
      if (line?.agreed !== undefined && suite !== undefined && line.agreed.suite !== suite) {
        line.stream.renewKey('outside')
      }
    }
  }

  #apply({ outside, inside, crypto }: Agreement): void {
    for (const [index, line] of this.#lines.entries()) {
      const far = outside.media[index]
      const near = inside.media[index]
      if (line === undefined || far === undefined || near === undefined) continue
      if (far.port === 0 || near.port === 0) {
        this.#lines[index] = undefined
        void line.stream.close()
        continue
      }
      const key = crypto[index]!
      line.agreed = { suite: key.suite, unencryptedSrtcp: key.unencryptedSrtcp }
      const farEnd = remoteOf(outside, far)
      const nearEnd = remoteOf(inside, near)
      const { suite, unencryptedSrtcp } = key
      if (farEnd !== undefined) {
        line.stream.setOutsideRemote({ ...farEnd, crypto: { suite, key: key.key, unencryptedSrtcp } })
      }
      if (nearEnd !== undefined) line.stream.setInsideRemote(nearEnd)
      const outsideDirection = directionOf(outside, far)
      const insideDirection = directionOf(inside, near)
      line.stream.setDirection({
        toInside: sends(outsideDirection) && receives(insideDirection) && nearEnd !== undefined,
        toOutside: sends(insideDirection) && receives(outsideDirection) && farEnd !== undefined,
      })
    }
  }
}

const keyLifetime = '2^48'
const mostStreams = 8

function refused(says: string): Mapped {
  return { ok: false, status: 488, says }
}

/** Force encrypted: the outside's audio must offer SRTP; other m-lines that cannot be carried are switched off. */
function refuseOffer(sdp: SessionDescription, usable: readonly boolean[]): MediaProblem | undefined {
  const isAudioLost = sdp.media.some((section, index) => isActiveAudio(section) && usable[index] !== true)
  if (isAudioLost) return { status: 488, says: 'media are not encrypted' }
  if (sdp.media.length > 0 && !usable.includes(true) && sdp.media.some((section) => section.port !== 0)) {
    return { status: 488, says: 'no media that can be carried' }
  }
  return undefined
}

function isActiveAudio(section: MediaSection): boolean {
  return section.kind === 'audio' && section.port !== 0
}

function isUsable(from: Side, section: MediaSection, crypto: CryptoAttribute | undefined): boolean {
  if (section.port === 0 || !isRtp(section)) return false
  return from === 'inside' ? !isSecure(section) : isSecure(section) && crypto !== undefined
}

/** _80 before _32, otherwise the offerer's order. */
function preferredCrypto(section: MediaSection): CryptoAttribute | undefined {
  const usable = usableCrypto(section)
  return usable.find(({ suite }) => suite === CryptoSuite.tag80) ?? usable[0]
}

/** Four lines as the product writes them; once a suite is agreed upon, that one only. */
function cryptoOffer(line: Line): CryptoAttribute[] {
  const key = Buffer.from(line.stream.outside.crypto!.key)
  const suites = line.agreed === undefined ? [CryptoSuite.tag80, CryptoSuite.tag32] : [line.agreed.suite]
  return suites
    .flatMap((suite) => [
      { suite, unencryptedSrtcp: false },
      { suite, unencryptedSrtcp: true },
    ])
    .map((one, index) => ({ ...one, tag: index + 1, key, lifetime: keyLifetime }))
}

function cleaned(section: MediaSection): MediaSection {
  return withoutAttributes(section, ['candidate', 'ice-ufrag', 'ice-pwd', 'ice-options', 'rtcp-mux', 'setup', 'mid'])
}

function isKeyingOrIce(value: string): boolean {
  return /^(ice-|fingerprint|crypto|key-mgmt|group|setup)/.test(value)
}

/** Undefined on hold of the old kind, c=0.0.0.0 (RFC 3264 §8.4), and for a name: descriptions are not resolved here. */
function remoteOf(sdp: SessionDescription, section: MediaSection) {
  const destination = destinationOf(sdp, section)
  if (destination === undefined) return undefined
  const { address, rtpPort, rtcpPort } = destination
  if (address === '0.0.0.0' || !/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return undefined
  return { address, rtpPort, rtcpPort }
}

const sends = (direction: Direction) => direction === 'sendrecv' || direction === 'sendonly'
const receives = (direction: Direction) => direction === 'sendrecv' || direction === 'recvonly'
