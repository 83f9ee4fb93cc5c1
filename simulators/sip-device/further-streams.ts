import type { HostNetwork } from '#runtime/network.ts'
import type { CryptoLine } from '#simulators/protocol/media/crypto-line.ts'
import { writeCrypto } from '#simulators/protocol/media/crypto-line.ts'
import type { MediaPorts } from '#simulators/protocol/media/media-ports.ts'
import { openMediaPorts } from '#simulators/protocol/media/media-ports.ts'
import { cryptoSuites } from '#simulators/protocol/media/srtp-direction.ts'
import type { FurtherStreamKind } from './configuration.ts'

interface FurtherStream {
  readonly kind: FurtherStreamKind
  readonly ports: MediaPorts
  readonly crypto: CryptoLine
}

/**
 * Streams beside a call's audio: negotiated with ports of their own, nothing is sent over them. Their m-lines are what
 * counts for licences and bandwidth.
 */
export class FurtherStreams {
  readonly #streams: readonly FurtherStream[]
  readonly #isSecure: boolean
  /** Which m-line of the session each has. */
  readonly #places = new Map<FurtherStream, number>()

  static async open(
    kinds: readonly FurtherStreamKind[],
    options: { readonly network: HostNetwork; readonly ports: readonly [number, number]; readonly isSecure: boolean },
  ): Promise<FurtherStreams> {
    const { network, ports: range, isSecure } = options
    const ignore = () => {}
    const streams: FurtherStream[] = []
    for (const kind of kinds) {
      const ports = await openMediaPorts({ network, range, onRtp: ignore, onRtcp: ignore })
      const crypto = { tag: 1, suite: cryptoSuites[0], keyAndSalt: network.random.bytes(30) }
      streams.push({ kind, ports, crypto })
    }
    return new FurtherStreams(streams, isSecure)
  }

  private constructor(streams: readonly FurtherStream[], isSecure: boolean) {
    this.#streams = streams
    this.#isSecure = isSecure
  }

  /** The offer with these streams at the places they have in the session, new ones behind (RFC 3264 §8). */
  inOffer(audioOffer: string): string {
    const [head, ...sections] = sectionsOf(audioOffer)
    for (const stream of this.#streams) {
      const place = this.#places.get(stream) ?? sections.length
      this.#places.set(stream, place)
      sections[place] = this.#write(stream, stream.crypto)
    }
    return textOf([head!, ...sections])
  }

  /** The answer with those refused streams taken that the device has too (RFC 3264 §6). */
  inAnswer(audioAnswer: string, offer: string): string {
    const offered = sectionsOf(offer).slice(1)
    const [head, ...answered] = sectionsOf(audioAnswer)
    const left = new Set(this.#streams)
    const sections = answered.map((section, index) => {
      const counterpart = offered[index] ?? []
      if (!isRefused(section) || isRefused(counterpart)) return section
      const stream = [...left].find(({ kind }) => kind === kindOf(counterpart))
      const isOtherProfile = isRtp(counterpart) && counterpart[0]!.includes('RTP/SAVP') !== this.#isSecure
      if (stream === undefined || isOtherProfile) return section
      left.delete(stream)
      this.#places.set(stream, index)
      const tag = Number(/^a=crypto:(\d+)/m.exec(counterpart.join('\n'))?.[1] ?? 1)
      return this.#write(stream, { ...stream.crypto, tag })
    })
    return textOf([head!, ...sections])
  }

  async close(): Promise<void> {
    await Promise.all(this.#streams.map(({ ports }) => ports.close()))
  }

  #write({ kind, ports }: FurtherStream, crypto: CryptoLine): string[] {
    const { address, port } = ports.rtp.local
    const profile = this.#isSecure ? 'RTP/SAVP' : 'RTP/AVP'
    const keys = this.#isSecure ? [writeCrypto(crypto)] : []
    const rtcp = `a=rtcp:${port + 1} IN IP4 ${address}`
    const connection = `c=IN IP4 ${address}`
    switch (kind) {
      case 'video':
      case 'slides':
        return [
          `m=video ${port} ${profile} 97`,
          connection,
          'b=TIAS:1000000',
          'a=rtpmap:97 H264/90000',
          'a=fmtp:97 profile-level-id=42801E',
          rtcp,
          ...keys,
          `a=content:${kind === 'slides' ? 'slides' : 'main'}`,
          `a=label:${labels[kind]}`,
          'a=sendrecv',
        ]
      case 'bfcp':
        return [
          `m=application ${port} UDP/BFCP *`,
          connection,
          'a=floorctrl:c-s',
          'a=confid:1',
          'a=userid:2',
          `a=floorid:2 mstrm:${labels.slides}`,
        ]
      case 'fecc':
        return [`m=application ${port} ${profile} 107`, connection, 'a=rtpmap:107 H224/4800', rtcp, ...keys]
      default:
        return kind satisfies never
    }
  }
}

/** a=label (RFC 4574), which a floor refers to (RFC 4583 §5). */
const labels = { video: 11, slides: 12 }

/** The session part, then one section for each m-line. */
function sectionsOf(sdp: string): string[][] {
  const sections: string[][] = [[]]
  for (const line of sdp.split(/\r?\n/).filter((each) => each !== '')) {
    if (line.startsWith('m=')) sections.push([])
    sections.at(-1)!.push(line)
  }
  return sections
}

function textOf(sections: readonly (readonly string[])[]): string {
  return sections
    .flat()
    .map((line) => line + '\r\n')
    .join('')
}

function isRefused(section: readonly string[]): boolean {
  return /^m=\S+ 0 /.test(section[0] ?? 'm=none 0 ')
}

function isRtp(section: readonly string[]): boolean {
  return section[0]!.includes(' RTP/')
}

function kindOf(section: readonly string[]): FurtherStreamKind | undefined {
  const line = section[0]!
  if (line.startsWith('m=video ')) return section.includes('a=content:slides') ? 'slides' : 'video'
  if (line.startsWith('m=application ')) return isRtp(section) ? 'fecc' : 'bfcp'
  return undefined
}
