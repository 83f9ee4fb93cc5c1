import {
  destinationOf,
  isAttribute,
  isDtlsSrtp,
  isFloorControl,
  isRtp,
  isSecure,
} from '../../protocol/sdp/attributes.ts'
import { type CryptoAttribute, usableCrypto } from '../../protocol/sdp/crypto-attribute.ts'
import { placedAt, rejected, withoutAttributes, withSessionConnection } from '../../protocol/sdp/rewriting.ts'
import {
  type MediaSection,
  parseSdp,
  serialiseSdp,
  type SessionDescription,
} from '../../protocol/sdp/session-description.ts'
import type { EdgeMediaRelay, EdgeMediaStream } from '../../traversal/media/edge-media-relay.ts'

/** Whose description it is. */
export type MediaSide = 'client' | 'control'

/** An offer under way: what its answer has to be compared with. */
export interface MediaOffer {
  readonly side: MediaSide
  /** The usable crypto lines of each section. */
  readonly crypto: ReadonlyArray<readonly CryptoAttribute[]>
}

export interface MediaProblem {
  readonly problem: string
}

/** The media of one call: its descriptions are rewritten so that every packet passes the relay. */
export class CallMedia {
  readonly #relay: Pick<EdgeMediaRelay, 'open'>
  readonly #label: string
  readonly #streams: Array<EdgeMediaStream | undefined> = []
  readonly #keys = new Map<EdgeMediaStream, Partial<Record<MediaSide, CryptoAttribute>>>()
  #isClosed = false

  constructor(relay: Pick<EdgeMediaRelay, 'open'>, label: string) {
    this.#relay = relay
    this.#label = label
  }

  get streams(): EdgeMediaStream[] {
    return this.#streams.filter((stream) => stream !== undefined)
  }

  /** Opens ports for what is offered; gives the offer for the other side. */
  async offer(side: MediaSide, body: Buffer): Promise<{ body: Buffer; offer: MediaOffer } | MediaProblem> {
    const parsed = parseSdp(body)
    if (!parsed.ok) return { problem: `SDP line ${parsed.problem.line} ${parsed.problem.says}` }
    const { sdp } = parsed
    for (const [index, section] of sdp.media.entries()) {
      if (!isRelayed(section) || this.#streams[index] !== undefined) continue
      const stream = await this.#open(section)
      if ('refusal' in stream) return { problem: `media relay: ${stream.refusal}` }
      this.#streams[index] = stream
      if (this.#isClosed) {
        await this.close()
        return { problem: 'the call has ended' }
      }
    }
    if (side === 'control' && !this.#followControl(sdp)) return { problem: 'media address of another stream' }
    if (side === 'client') this.#followClient(sdp)
    const offer = { side, crypto: sdp.media.map((section) => usableCrypto(section)) }
    return { body: this.#rewritten(side, sdp), offer }
  }

  /** Takes the answer to an offer: who encrypts with what is known from here on. */
  answer(offer: MediaOffer, body: Buffer): { body: Buffer } | MediaProblem {
    const side = offer.side === 'client' ? 'control' : 'client'
    const parsed = parseSdp(body)
    if (!parsed.ok) return { problem: `SDP line ${parsed.problem.line} ${parsed.problem.says}` }
    const { sdp } = parsed
    if (side === 'control' && !this.#followControl(sdp)) return { problem: 'media address of another stream' }
    if (side === 'client') this.#followClient(sdp)
    const rewritten = this.#rewritten(side, sdp)
    for (const [index, section] of sdp.media.entries()) {
      if (isRelayed(section)) this.#agree(offer, index, section)
      else this.#closeStream(index)
    }
    return { body: rewritten }
  }

  /** Gives every port back; nothing is opened any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    const streams = this.#streams.splice(0)
    await Promise.all(streams.map((stream) => stream?.close()))
  }

  #open(section: MediaSection) {
    const label = `${this.#label} ${section.kind}`
    if (!isFloorControl(section)) return this.#relay.open({ label })
    const isClientHost = (address: string) =>
      this.streams.some((stream) => stream.statistics().rtp.client?.address === address)
    return this.#relay.open({ label: `${this.#label} floor`, carries: 'BFCP', isClientHost })
  }

  /** Floor control comes without a key: from where the client's description says, or not at all. */
  #followClient(sdp: SessionDescription): void {
    for (const [index, section] of sdp.media.entries()) {
      const destination = isFloorControl(section) ? destinationOf(sdp, section) : undefined
      if (destination !== undefined) this.#streams[index]?.setClient(destination)
    }
  }

  /** False where the Control names an address and port that belong to another stream. */
  #followControl(sdp: SessionDescription): boolean {
    return sdp.media.every((section, index) => {
      const destination = isRelayed(section) ? destinationOf(sdp, section) : undefined
      if (destination === undefined || destination.address === '0.0.0.0') return true
      const { address, rtpPort, rtcpPort } = destination
      return this.#streams[index]?.setControl({ address, rtpPort, rtcpPort }) ?? true
    })
  }

  #rewritten(side: MediaSide, sdp: SessionDescription): Buffer {
    const place = side === 'client' ? 'inner' : 'outer'
    const media = sdp.media.map((section, index) => {
      const stream = isRelayed(section) ? this.#streams[index] : undefined
      return stream === undefined ? rejected(section) : withoutAttributes(placedAt(section, stream[place]), peerToPeer)
    })
    const lines = sdp.lines.filter((line) => !peerToPeer.some((name) => isAttribute(line, name)))
    const address = this.streams[0]?.[place].address
    const rewritten = { ...sdp, lines, media }
    return Buffer.from(serialiseSdp(address === undefined ? rewritten : withSessionConnection(rewritten, address)))
  }

  /** In clear, or by RFC 4568 §5.1.2: the answer repeats the tag of the line it took; each side encrypts with its own line's key. */
  #agree(offer: MediaOffer, index: number, section: MediaSection): void {
    const stream = this.#streams[index]
    const [answered] = usableCrypto(section)
    if (answered === undefined && isRtp(section) && !isSecure(section)) stream?.setPlain()
    const offered = offer.crypto[index]?.find((crypto) => crypto.tag === answered?.tag)
    if (stream === undefined || answered === undefined || offered === undefined) return
    const [client, control] = offer.side === 'client' ? [offered, answered] : [answered, offered]
    const known = this.#keys.get(stream)
    if (!isSameKey(known?.client, client)) stream.setClientCrypto(client)
    if (!isSameKey(known?.control, control)) stream.setControlCrypto(control)
    this.#keys.set(stream, { client, control })
  }

  #closeStream(index: number): void {
    const stream = this.#streams[index]
    if (stream === undefined) return
    this.#streams[index] = undefined
    this.#keys.delete(stream)
    void stream.close()
  }
}

/** What can be told from a stranger's packets, and what the Control has to refuse; other streams are declined. */
function isRelayed(section: MediaSection): boolean {
  return section.port !== 0 && (isRtp(section) || isDtlsSrtp(section) || isFloorControl(section))
}

function isSameKey(one: CryptoAttribute | undefined, other: CryptoAttribute): boolean {
  return one !== undefined && one.suite === other.suite && one.key.equals(other.key)
}

/** What would let the two sides talk past the relay, or more streams than one share its ports. */
const peerToPeer = [
  'candidate',
  'ice-ufrag',
  'ice-pwd',
  'ice-options',
  'ice-lite',
  'rtcp-mux',
  'group',
  'remote-candidates',
]
