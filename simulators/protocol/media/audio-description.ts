import { cryptoSuites } from './srtp-direction.ts'
import type { CryptoLine } from './crypto-line.ts'
import { writeCrypto } from './crypto-line.ts'
import type { OwnVideo } from './video-description.ts'
import { writeVideoSection } from './video-description.ts'

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** The audio stream of a session description as far as these endpoints use one. */
export interface AudioDescription {
  readonly address: string
  /** 0: the stream is refused. */
  readonly port: number
  readonly rtcp: { readonly address: string; readonly port: number }
  readonly isSecure: boolean
  readonly payloadTypes: readonly number[]
  readonly direction: Direction
  /** Lines whose suite is unknown or whose key is malformed are left out. */
  readonly crypto: readonly CryptoLine[]
  /** Keys of the first video stream; undefined where there is none, or none that can be answered. */
  readonly videoCrypto: readonly CryptoLine[] | undefined
  /** Media and protocol of every m-line in order, for an answer that refuses the others. */
  readonly mediaLines: readonly string[]
}

/** Reads the first audio stream; undefined where there is none. */
export function readAudioDescription(sdp: string): AudioDescription | undefined {
  const lines = sdp.split(/\r?\n/)
  const firstMedia = lines.findIndex((line) => line.startsWith('m='))
  const mediaLines = lines.filter((line) => line.startsWith('m='))
  const media = sectionOf(lines, 'audio')
  if (media === undefined) return undefined
  const session = lines.slice(0, firstMedia)
  const [, port = '0', protocol = '', ...formats] = media[0]!.slice(2).split(' ')
  const address = addressIn(media) ?? addressIn(session) ?? '0.0.0.0'
  return {
    address,
    port: Number(port),
    rtcp: rtcpOf(media, address, Number(port)),
    isSecure: protocol.startsWith('RTP/SAVP'),
    payloadTypes: formats.map(Number),
    direction: directionIn(media) ?? directionIn(session) ?? 'sendrecv',
    crypto: cryptoIn(media),
    videoCrypto: videoCryptoIn(sectionOf(lines, 'video'), protocol),
    mediaLines,
  }
}

/** The first stream of that kind. */
function sectionOf(lines: readonly string[], kind: 'audio' | 'video'): readonly string[] | undefined {
  const start = lines.findIndex((line) => line.startsWith(`m=${kind} `))
  if (start === -1) return undefined
  const following = lines.findIndex((line, index) => index > start && line.startsWith('m='))
  return lines.slice(start, following === -1 ? undefined : following)
}

function videoCryptoIn(media: readonly string[] | undefined, audioProtocol: string): CryptoLine[] | undefined {
  const [, port = '0', protocol] = media?.[0]?.split(' ') ?? []
  const isUsable = port !== '0' && protocol === audioProtocol && media?.includes(h264) === true
  return isUsable ? cryptoIn(media) : undefined
}

const h264 = 'a=rtpmap:97 H264/90000'

function cryptoIn(media: readonly string[]): CryptoLine[] {
  return media.filter((line) => line.startsWith('a=crypto:')).flatMap(readCrypto)
}

/** What an endpoint says about its own audio stream. */
export interface OwnAudio {
  /** The origin's user and the session name of the product, wire facts §7.1. */
  readonly origin: string
  readonly sessionName: string
  readonly sessionId: number
  readonly version: number
  readonly address: string
  readonly port: number
  readonly direction: Direction
  /** None: RTP/AVP. */
  readonly crypto: readonly CryptoLine[]
  /** Of an endpoint with a camera. */
  readonly video?: OwnVideo | undefined
  /** An offer's m-lines that the answer must mirror with port 0. */
  readonly answering?: readonly string[]
}

export function writeAudioDescription(own: OwnAudio): string {
  const { origin, sessionName, sessionId, version, address, port, direction, crypto, video } = own
  const audio = [
    `m=audio ${port} ${crypto.length === 0 ? 'RTP/AVP' : 'RTP/SAVP'} 0 101`,
    `c=IN IP4 ${address}`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    `a=rtcp:${port + 1} IN IP4 ${address}`,
    ...crypto.map(writeCrypto),
    `a=${direction}`,
  ]
  const offered = video === undefined ? ['m=audio'] : ['m=audio', 'm=video']
  const media = (own.answering ?? offered).flatMap((line, index, all) => {
    const isFirst = (kind: string) => all.findIndex((other) => other.startsWith(kind)) === index
    if (isFirst('m=audio')) return audio
    return video !== undefined && isFirst('m=video') ? writeVideoSection(video, address) : [refusedLine(line)]
  })
  const head = [
    'v=0',
    `o=${origin} ${sessionId} ${version} IN IP4 ${address}`,
    `s=${sessionName}`,
    `c=IN IP4 ${address}`,
    `b=AS:${video?.callKbps ?? 4000}`,
    't=0 0',
  ]
  return [...head, ...media, ''].join('\r\n')
}

/** RFC 3264 §6: a refused stream keeps its place in the answer with port 0. */
function refusedLine(line: string): string {
  const [media, , ...rest] = line.split(' ')
  return [media, '0', ...rest].join(' ')
}

function addressIn(lines: readonly string[]): string | undefined {
  return lines
    .find((line) => line.startsWith('c=IN IP4 '))
    ?.slice('c=IN IP4 '.length)
    .trim()
}

function directionIn(lines: readonly string[]): Direction | undefined {
  return directions.find((direction) => lines.includes(`a=${direction}`))
}

const directions: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive']

/** RFC 3605; without the attribute RTCP has the next port. */
function rtcpOf(lines: readonly string[], address: string, port: number): { address: string; port: number } {
  const attribute = lines.find((line) => line.startsWith('a=rtcp:'))
  if (attribute === undefined) return { address, port: port + 1 }
  const [rtcpPort = '', , , rtcpAddress] = attribute.slice('a=rtcp:'.length).split(' ')
  return { address: rtcpAddress ?? address, port: Number(rtcpPort) }
}

function readCrypto(line: string): CryptoLine[] {
  const [tag = '', suite = '', keyParameter = '', ...sessionParameters] = line.slice('a=crypto:'.length).split(' ')
  const known = cryptoSuites.find((candidate) => candidate === suite)
  const keyAndSalt = Buffer.from(/^inline:([^|]+)/.exec(keyParameter)?.[1] ?? '', 'base64')
  // A session parameter such as UNENCRYPTED_SRTCP changes the protection and must not be overlooked (RFC 4568 §6.3).
  if (known === undefined || keyAndSalt.length !== 30 || sessionParameters.some((text) => text !== '')) return []
  return [{ tag: Number(tag), suite: known, keyAndSalt }]
}
