import type { MediaSection, SdpLine, SessionDescription } from './session-description.ts'
import { readDecimal, readNetworkAddress } from './session-description.ts'

/** Either level of a description. */
export interface SdpLevel {
  readonly lines: readonly SdpLine[]
}

/** The values of every `a=<name>` or `a=<name>:<value>` of a level, '' for those without a value. */
export function attributeValues(level: SdpLevel, name: string): string[] {
  const found: string[] = []
  for (const line of level.lines) if (isAttribute(line, name)) found.push(line.value.slice(name.length + 1))
  return found
}

export function isAttribute(line: SdpLine, name: string): boolean {
  if (line.type !== 'a' || !line.value.startsWith(name)) return false
  return line.value.length === name.length || line.value[name.length] === ':'
}

export const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const
/** As seen by whoever wrote the description. */
export type Direction = (typeof directions)[number]

/** A section's direction: its own, else the session's, else sendrecv (RFC 3264 §5.1). */
export function directionOf(sdp: SessionDescription, section: MediaSection): Direction {
  return ownDirection(section) ?? ownDirection(sdp) ?? 'sendrecv'
}

function ownDirection(level: SdpLevel): Direction | undefined {
  for (const line of level.lines) {
    const direction = line.type === 'a' ? directions.find((known) => known === line.value) : undefined
    if (direction !== undefined) return direction
  }
  return undefined
}

/** Where a section's packets are to be sent. */
export interface MediaDestination {
  readonly address: string
  readonly rtpPort: number
  readonly rtcpAddress: string
  readonly rtcpPort: number
}

/**
 * The destination of a section: its c= or the session's, RTCP on the next port unless a=rtcp says otherwise
 * (RFC 3605). Undefined where the section is off, has no connection address, or a=rtcp cannot be read.
 */
export function destinationOf(sdp: SessionDescription, section: MediaSection): MediaDestination | undefined {
  const address = connectionAddress(section) ?? connectionAddress(sdp)
  if (section.port === 0 || address === undefined) return undefined
  const [rtcp] = attributeValues(section, 'rtcp')
  if (rtcp === undefined) {
    return section.port === 65_535
      ? undefined
      : { address, rtpPort: section.port, rtcpAddress: address, rtcpPort: section.port + 1 }
  }
  const blank = rtcp.indexOf(' ')
  const rtcpPort = readDecimal(blank === -1 ? rtcp : rtcp.slice(0, blank), 65_535)
  const rtcpAddress = blank === -1 ? address : readNetworkAddress(rtcp.slice(blank + 1))
  if (rtcpPort === undefined || rtcpPort === 0 || rtcpAddress === undefined) return undefined
  return { address, rtpPort: section.port, rtcpAddress, rtcpPort }
}

/** The address of a level's first c= line. */
export function connectionAddress(level: SdpLevel): string | undefined {
  const line = level.lines.find((candidate) => candidate.type === 'c')
  return line === undefined ? undefined : readNetworkAddress(line.value)
}

/** One `a=rtpmap`: how a payload type is encoded, with its `a=fmtp` where there is one. */
export interface PayloadFormat {
  readonly payloadType: number
  readonly encoding: string
  readonly clockRate: number
  readonly channels?: number
  readonly parameters?: string
}

/** The payload formats of a section that carry an rtpmap; lines that cannot be read are passed over. */
export function payloadFormats(section: MediaSection): PayloadFormat[] {
  const parameters = new Map<string, string>()
  for (const value of attributeValues(section, 'fmtp')) {
    const blank = value.indexOf(' ')
    if (blank > 0) parameters.set(value.slice(0, blank), value.slice(blank + 1))
  }
  return attributeValues(section, 'rtpmap').flatMap((value) => {
    const blank = value.indexOf(' ')
    const payloadType = readDecimal(value.slice(0, Math.max(blank, 0)), 127)
    const [encoding, rate, channelText] = value.slice(blank + 1).split('/')
    const clockRate = readDecimal(rate ?? '', 4_294_967_295)
    if (payloadType === undefined || clockRate === undefined || encoding === undefined || encoding === '') return []
    const channels = readDecimal(channelText ?? '', 255)
    const format = parameters.get(String(payloadType))
    return {
      payloadType,
      encoding,
      clockRate,
      ...(channels === undefined ? {} : { channels }),
      ...(format === undefined ? {} : { parameters: format }),
    }
  })
}

/** Whether a section carries RTP, secured or not. */
export function isRtp(section: MediaSection): boolean {
  return section.protocol.startsWith('RTP/')
}

/** Whether a section carries SRTP whose keys a DTLS handshake makes (RFC 5764 §8). */
export function isDtlsSrtp(section: MediaSection): boolean {
  return section.protocol.startsWith('UDP/TLS/RTP/')
}

/** Whether a section is the floor of a presentation over UDP (RFC 8856). */
export function isFloorControl(section: MediaSection): boolean {
  return section.kind === 'application' && section.protocol === 'UDP/BFCP'
}

/** Whether a section carries SRTP keyed by the description (RTP/SAVP, RTP/SAVPF). */
export function isSecure(section: MediaSection): boolean {
  return section.protocol === 'RTP/SAVP' || section.protocol === 'RTP/SAVPF'
}
