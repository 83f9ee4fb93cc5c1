import type { CryptoLine } from './crypto-line.ts'
import { readCrypto } from './crypto-line.ts'

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** One m-line of a session description with what stands below it. */
export interface Section {
  /** The m-line itself. */
  readonly line: string
  readonly kind: string
  /** 0: the stream is refused. */
  readonly port: number
  readonly protocol: string
  readonly formats: readonly string[]
  readonly address: string
  readonly rtcp: { readonly address: string; readonly port: number }
  readonly direction: Direction
  /** Lines whose suite is unknown or whose key is malformed are left out. */
  readonly crypto: readonly CryptoLine[]
  /** Bits a second the describer wants to receive at most (RFC 3890); of `b=AS` where there is no `b=TIAS`. */
  readonly bitsPerSecond: number | undefined
  /** Values of `a=<name>:<value>`, '' for flags. */
  values(name: string): readonly string[]
}

export interface Description {
  readonly sections: readonly Section[]
  /** kbps of the whole session, `b=AS` in front of the first m-line. */
  readonly sessionKbps: number | undefined
}

/** Reads RFC 4566 as far as these endpoints use it; never throws. */
export function readDescription(sdp: string): Description {
  const lines = sdp.split(/\r?\n/)
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []))
  const session = lines.slice(0, starts[0])
  const sections = starts.map((start, index) => readSection(lines.slice(start, starts[index + 1]), session))
  return { sections, sessionKbps: bandwidth(session, 'AS') }
}

export function isSecure(section: Section): boolean {
  return section.protocol.startsWith('RTP/SAVP')
}

/** RFC 3264 §6: a refused stream keeps its place in the answer with port 0. */
export function refusedLine(line: string): string {
  const [media, , ...rest] = line.split(' ')
  return [media, '0', ...rest].join(' ')
}

/** RFC 3264 §6.1: what we may do, given what the other side does and what we want. */
export function answerDirection(theirs: Direction, wanted: Direction): Direction {
  const mayReceive = sends(theirs) && receives(wanted)
  const maySend = receives(theirs) && sends(wanted)
  if (mayReceive) return maySend ? 'sendrecv' : 'recvonly'
  return maySend ? 'sendonly' : 'inactive'
}

export const sends = (direction: Direction) => direction === 'sendrecv' || direction === 'sendonly'
export const receives = (direction: Direction) => direction === 'sendrecv' || direction === 'recvonly'

function readSection(media: readonly string[], session: readonly string[]): Section {
  const line = media[0]!
  const [kind = '', port = '0', protocol = '', ...formats] = line.slice(2).split(' ')
  const address = addressIn(media) ?? addressIn(session) ?? '0.0.0.0'
  const asKbps = bandwidth(media, 'AS')
  return {
    line,
    kind,
    port: Number(port),
    protocol,
    formats,
    address,
    rtcp: rtcpOf(media, address, Number(port)),
    direction: directionIn(media) ?? directionIn(session) ?? 'sendrecv',
    crypto: media.filter((each) => each.startsWith('a=crypto:')).flatMap(readCrypto),
    bitsPerSecond: bandwidth(media, 'TIAS') ?? (asKbps === undefined ? undefined : asKbps * 1000),
    values: (name) =>
      media.flatMap((each) =>
        each === `a=${name}` ? [''] : each.startsWith(`a=${name}:`) ? [each.slice(name.length + 3)] : [],
      ),
  }
}

function bandwidth(lines: readonly string[], modifier: string): number | undefined {
  const [found] = lines.flatMap((line) => (line.startsWith(`b=${modifier}:`) ? [Number(line.split(':')[1])] : []))
  return found !== undefined && Number.isFinite(found) ? found : undefined
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
