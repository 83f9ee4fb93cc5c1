import { isAttribute, isRtp } from './attributes.ts'
import type { CryptoAttribute } from './crypto-attribute.ts'
import { formatCrypto } from './crypto-attribute.ts'
import type { MediaSection, SdpLine, SessionDescription } from './session-description.ts'

/** The B2BUA's own origin and session name: `o=tandberg 0 1 IN IP4 <address>`, `s=-`; `version` counts up with every change. */
export function withOrigin(
  sdp: SessionDescription,
  origin: { address: string; sessionId?: number; version?: number },
): SessionDescription {
  const { address, sessionId = 0, version = 1 } = origin
  const value = `tandberg ${sessionId} ${version} ${networkAddress(address)}`
  return {
    ...sdp,
    lines: sdp.lines.map((line) =>
      line.type === 'o' ? { type: 'o', value } : line.type === 's' ? { type: 's', value: '-' } : line,
    ),
  }
}

/** Replaces the session's c= line, or adds one in its place (behind e= and p=, before b=, RFC 4566 §5). */
export function withSessionConnection(sdp: SessionDescription, address: string): SessionDescription {
  return { ...sdp, lines: withConnection(sdp.lines, address, 'osiuepv') }
}

/** Where one of our own streams listens. */
export interface OwnMediaEndpoint {
  readonly address: string
  readonly rtpPort: number
  readonly rtcpPort: number
}

/** Moves a section to an endpoint of ours: port, c= of its own, with RTP explicit a=rtcp. */
export function placedAt(section: MediaSection, endpoint: OwnMediaEndpoint): MediaSection {
  const { portCount: _, ...rest } = section
  const kept = section.lines.filter((line) => !isAttribute(line, 'rtcp'))
  const rtcp = { type: 'a', value: `rtcp:${endpoint.rtcpPort} ${networkAddress(endpoint.address)}` }
  const placed = withConnection(kept, endpoint.address, 'i')
  return { ...rest, port: endpoint.rtpPort, lines: isRtp(section) ? [...placed, rtcp] : placed }
}

/** SRTP with these crypto lines; those that were there are gone. */
export function secured(section: MediaSection, crypto: readonly CryptoAttribute[]): MediaSection {
  const lines = crypto.map((one) => ({ type: 'a', value: `crypto:${formatCrypto(one)}` }))
  return { ...section, protocol: secureProfile(section.protocol), lines: [...withoutKeying(section.lines), ...lines] }
}

/** Plain RTP without any keying. */
export function unsecured(section: MediaSection): MediaSection {
  return { ...section, protocol: plainProfile(section.protocol), lines: withoutKeying(section.lines) }
}

/** Port 0: the section is declined and has no keys or addresses any more (RFC 3264 §6). */
export function rejected(section: MediaSection): MediaSection {
  const { portCount: _, ...rest } = section
  const lines = withoutKeying(section.lines).filter((line) => line.type !== 'c' && !isAttribute(line, 'rtcp'))
  return { ...rest, port: 0, lines }
}

/** Removes every `a=` of these names. */
export function withoutAttributes(section: MediaSection, names: readonly string[]): MediaSection {
  return { ...section, lines: section.lines.filter((line) => !names.some((name) => isAttribute(line, name))) }
}

function withoutKeying(lines: readonly SdpLine[]): SdpLine[] {
  return lines.filter((line) => !keyingAttributes.some((name) => isAttribute(line, name)))
}

const keyingAttributes = ['crypto', 'fingerprint', 'key-mgmt']

function secureProfile(protocol: string): string {
  return protocol === 'RTP/AVP' ? 'RTP/SAVP' : protocol === 'RTP/AVPF' ? 'RTP/SAVPF' : protocol
}

function plainProfile(protocol: string): string {
  return protocol === 'RTP/SAVP' ? 'RTP/AVP' : protocol === 'RTP/SAVPF' ? 'RTP/AVPF' : protocol
}

/** The level's lines with one c=, put behind the last line of a type that has to stand before it. */
function withConnection(lines: readonly SdpLine[], address: string, before: string): SdpLine[] {
  const kept = lines.filter((line) => line.type !== 'c')
  const at = kept.findLastIndex((line) => before.includes(line.type)) + 1
  return kept.toSpliced(at, 0, { type: 'c', value: networkAddress(address) })
}

function networkAddress(address: string): string {
  return `IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`
}
