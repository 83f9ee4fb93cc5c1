import type { CryptoAttribute } from '../../protocol/sdp/crypto-attribute.ts'
import { CryptoSuite, usableCrypto } from '../../protocol/sdp/crypto-attribute.ts'
import type { Direction } from '../../protocol/sdp/attributes.ts'
import {
  destinationOf,
  directionOf,
  isDtlsSrtp,
  isFloorControl,
  isRtp,
  isSecure,
  payloadFormats,
} from '../../protocol/sdp/attributes.ts'
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
import type { MediaEncryptionMode, Protection } from './media-encryption.ts'
import { outsideOf, protectionOf } from './media-encryption.ts'
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
  /** What the leg through the zone was agreed to be. */
  protection?: Protection
  /** The suite agreed upon with the outside; a later offer of ours keeps to it, since its key serves on. */
  agreed?: Pick<CryptoAttribute, 'suite' | 'unencryptedSrtcp'>
}

interface PendingOffer {
  readonly from: Side
  readonly received: SessionDescription
  /** For each m-line: the crypto line of the offer that an answer of ours takes up. */
  readonly chosen: ReadonlyArray<CryptoAttribute | undefined>
  /** For each m-line: how it is carried through the zone; undefined where it is not. */
  readonly protections: ReadonlyArray<Protection | undefined>
}

interface Agreement {
  readonly outside: SessionDescription
  readonly inside: SessionDescription
  readonly protections: ReadonlyArray<Protection | undefined>
  /** For each m-line: what the client outside encrypts with; undefined where nothing is encrypted for us. */
  readonly crypto: ReadonlyArray<CryptoAttribute | undefined>
}

/**
 * The media of one call through the B2BUA: maps each description of one leg to the one for the other, by the zone's media
 * encryption mode SRTP outside and RTP inside, and moves its streams when an offer and its answer have made an agreement (RFC 3264).
 */
export class CallMedia {
  readonly #media: ControlMedia
  readonly #address: string
  readonly #label: string
  readonly #mode: MediaEncryptionMode
  readonly #lines: (Line | undefined)[] = []
  readonly #versions = { outside: 0, inside: 0 }
  #pending: PendingOffer | undefined
  #agreement: Agreement | undefined
  #isClosed = false

  constructor(options: { media: ControlMedia; address: string; label: string; mode: MediaEncryptionMode }) {
    this.#mode = options.mode
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
    const protections = sdp.media.map((section, index) => {
      const hasKey = chosen[index] !== undefined
      const offered = { from, section, hasKey }
      return index < mostStreams ? protectionOf(this.#mode, offered, this.#lines[index]?.protection) : undefined
    })
    const problem = refuseOffer(sdp, protections)
    if (problem !== undefined) return { ok: false, ...problem }
    for (const [index, section] of sdp.media.entries()) {
      if (protections[index] === undefined || this.#lines[index] !== undefined) continue
      const stream = await this.#open(section, index)
      if (stream === undefined) return { ok: false, status: 503, says: 'no media resources' }
      this.#lines[index] = { stream }
    }
    this.#pending = { from, received: sdp, chosen, protections }
    return { ok: true, sdp: this.#ourOffer(this.#pending) }
  }

  /** Best effort: the pending offer once more without encryption, after the outside refused it; undefined otherwise. */
  offerWithoutEncryption(): Mapped | undefined {
    const pending = this.#pending
    const isFirst = this.#lines.every((line) => line?.protection === undefined)
    if (this.#mode !== 'Best effort' || pending?.from !== 'inside' || !isFirst) return undefined
    if (!pending.protections.includes('SRTP')) return undefined
    const protections = pending.protections.map((one) => (one === 'SRTP' ? 'RTP' : one))
    this.#pending = { ...pending, protections }
    return { ok: true, sdp: this.#ourOffer(this.#pending) }
  }

  /** The answer to send back to whoever made the pending offer; `settle` once it is sent. */
  answer(from: Side, sdp: SessionDescription): Mapped {
    const pending = this.#pending
    this.#pending = undefined
    if (pending === undefined || pending.from === from) return refused('an answer without an offer')
    if (sdp.media.length !== pending.received.media.length)
      return refused('an answer with other m-lines than its offer')
    const { protections } = pending
    const crypto = sdp.media.map((section, index) => {
      if (protections[index] !== 'SRTP') return undefined
      return from === 'outside' ? usableCrypto(section)[0] : pending.chosen[index]
    })
    const isCarried = (section: MediaSection, index: number) =>
      section.port !== 0 && isRtp(section) && this.#lines[index] !== undefined
    const isKeyMissing = (index: number) => protections[index] === 'SRTP' && crypto[index] === undefined
    if (sdp.media.some((section, index) => isCarried(section, index) && isKeyMissing(index)))
      return refused('media are not encrypted')
    if (
      sdp.media.some((section, index) => isCarried(section, index) && protections[index] === 'RTP' && isSecure(section))
    )
      return refused('media are encrypted')
    const agreement: Agreement = {
      outside: from === 'outside' ? sdp : pending.received,
      inside: from === 'inside' ? sdp : pending.received,
      protections,
      crypto,
    }
    const to = otherSide(from)
    this.#renewKeys(agreement)
    const mapped = this.#describe(to, sdp, (section, index) => this.#answered(to, section, index, agreement))
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
    const label = `${this.#label}/${index} ${section.kind}`
    const carries = isFloorControl(section) ? 'BFCP' : 'RTP'
    const stream = await this.#media.open({ label, clockRate, carries, ...outsideOf(this.#mode) })
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

  #ourOffer({ from, received, protections }: PendingOffer): SessionDescription {
    const to = otherSide(from)
    return this.#describe(to, received, (section, index) => this.#offered(to, section, index, protections[index]))
  }

  #offered(to: Side, section: MediaSection, index: number, protection: Protection | undefined): MediaSection {
    const line = this.#lines[index]
    if (line === undefined || protection === undefined) return rejected(section)
    if (protection === 'as offered') return placedAt(cleaned(section), line.stream[to])
    if (to === 'inside' || protection === 'RTP') return placedAt(unsecured(cleaned(section)), line.stream[to])
    return placedAt(secured(cleaned(section), cryptoOffer(line)), line.stream.outside)
  }

  #answered(to: Side, section: MediaSection, index: number, { protections, crypto: keys }: Agreement): MediaSection {
    const line = this.#lines[index]
    if (line === undefined || section.port === 0) return rejected(section)
    if (protections[index] === 'as offered') return placedAt(cleaned(section), line.stream[to])
    const chosen = keys[index]
    if (to === 'inside' || chosen === undefined) return placedAt(unsecured(cleaned(section)), line.stream[to])
    const { lifetime: _, ...rest } = chosen
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

  #apply({ outside, inside, crypto, protections }: Agreement): void {
    for (const [index, line] of this.#lines.entries()) {
      const far = outside.media[index]
      const near = inside.media[index]
      if (line === undefined || far === undefined || near === undefined) continue
      if (far.port === 0 || near.port === 0) {
        this.#lines[index] = undefined
        void line.stream.close()
        continue
      }
      const key = crypto[index]
      line.protection = protections[index]!
      if (key !== undefined) line.agreed = { suite: key.suite, unencryptedSrtcp: key.unencryptedSrtcp }
      const farEnd = remoteOf(outside, far)
      const nearEnd = remoteOf(inside, near)
      if (farEnd !== undefined) line.stream.setOutsideRemote({ ...farEnd, ...cryptoOf(key) })
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

/** Audio must be offered as the zone's mode has it; other m-lines that cannot be carried are switched off. */
function refuseOffer(
  sdp: SessionDescription,
  protections: ReadonlyArray<Protection | undefined>,
): MediaProblem | undefined {
  const lost = sdp.media.find((section, index) => isActiveAudio(section) && protections[index] === undefined)
  if (lost !== undefined) return { status: 488, says: whyLost(lost) }
  const isNone = protections.every((protection) => protection === undefined)
  if (isNone && sdp.media.some((section) => section.port !== 0)) {
    return { status: 488, says: 'no media that can be carried' }
  }
  return undefined
}

function whyLost(section: MediaSection): string {
  if (isDtlsSrtp(section)) return 'DTLS-SRTP is not supported: keys come with the description'
  if (!isSecure(section)) return 'media are not encrypted'
  return preferredCrypto(section) === undefined ? 'no usable key in the description' : 'media are encrypted'
}

function isActiveAudio(section: MediaSection): boolean {
  return section.kind === 'audio' && section.port !== 0
}

function cryptoOf(key: CryptoAttribute | undefined) {
  if (key === undefined) return {}
  const { suite, unencryptedSrtcp } = key
  return { crypto: { suite, key: key.key, unencryptedSrtcp } }
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
  if (isFloorControl(section)) return section
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
