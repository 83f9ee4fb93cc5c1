/** One `type=value` line; `type` is a single letter. */
export interface SdpLine {
  readonly type: string
  readonly value: string
}

/** One m= section. `lines` are those behind the m= line, in their order, unknown ones included. */
export interface MediaSection {
  /** audio, video, application … */
  readonly kind: string
  /** 0 means rejected or switched off (RFC 3264 §6, §8.2). */
  readonly port: number
  /** The `/<n>` behind the port, where one was written. */
  readonly portCount?: number
  /** RTP/AVP, RTP/SAVP, UDP/BFCP … */
  readonly protocol: string
  readonly formats: readonly string[]
  readonly lines: readonly SdpLine[]
}

/** A session description (RFC 4566). A value of this type serialises to text that parses to the same value. */
export interface SessionDescription {
  /** Session level lines, `v=0` first, in their order. */
  readonly lines: readonly SdpLine[]
  readonly media: readonly MediaSection[]
}

/** Why a description was not accepted. `line` counts from 1; 0 is the description as a whole. */
export interface SdpProblem {
  readonly line: number
  readonly says: string
}

export type ParsedSdp =
  { readonly ok: true; readonly sdp: SessionDescription } | { readonly ok: false; readonly problem: SdpProblem }

/** What is accepted at most; an INVITE of the modelled release may have 32 KiB in all. */
export const sdpLimits = { bytes: 32_768, lines: 1_000, lineLength: 4_096, media: 32, formats: 128 } as const

/**
 * Reads a session description. Lines may end in CRLF or LF. Never throws; what would let the parts we rely on
 * (m=, c=, v=, o=) be misread is a problem, everything else is kept as it is.
 */
export function parseSdp(text: string | Uint8Array): ParsedSdp {
  if (text.length > sdpLimits.bytes) return refused(0, `longer than ${sdpLimits.bytes} bytes`)
  const source = typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.length).toString()
  const lines = source.split('\n')
  while (lines.length > 0 && isBlank(lines.at(-1)!)) lines.pop()
  if (lines.length === 0) return refused(0, 'empty')
  if (lines.length > sdpLimits.lines) return refused(0, `more than ${sdpLimits.lines} lines`)
  return readLines(lines)
}

/** The text of a description, every line ended by CRLF. */
export function serialiseSdp(sdp: SessionDescription): string {
  let text = ''
  for (const line of sdp.lines) text += `${line.type}=${line.value}\r\n`
  for (const section of sdp.media) {
    text += `m=${mediaLine(section)}\r\n`
    for (const line of section.lines) text += `${line.type}=${line.value}\r\n`
  }
  return text
}

function mediaLine(section: MediaSection): string {
  const port = section.portCount === undefined ? `${section.port}` : `${section.port}/${section.portCount}`
  return [section.kind, port, section.protocol, ...section.formats].join(' ')
}

interface OpenSection extends MediaSection {
  readonly lines: SdpLine[]
}

function readLines(source: readonly string[]): ParsedSdp {
  const lines: SdpLine[] = []
  const media: OpenSection[] = []
  for (const [index, raw] of source.entries()) {
    const line = readLine(raw)
    if (typeof line === 'string') return refused(index + 1, line)
    if (index === 0 && (line.type !== 'v' || line.value !== '0')) return refused(1, 'does not begin with v=0')
    const fault = faultOf(line)
    if (fault !== undefined) return refused(index + 1, fault)
    if (line.type === 'm') {
      const section = readMediaLine(line.value)
      if (typeof section === 'string') return refused(index + 1, section)
      if (media.length === sdpLimits.media) return refused(index + 1, `more than ${sdpLimits.media} media`)
      media.push(section)
    } else (media.at(-1)?.lines ?? lines).push(line)
  }
  if (!lines.some((line) => line.type === 'o')) return refused(0, 'o= is missing')
  return { ok: true, sdp: { lines, media } }
}

/** A line, or what is wrong with it. */
function readLine(raw: string): SdpLine | string {
  const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw
  if (text.length > sdpLimits.lineLength) return `longer than ${sdpLimits.lineLength} characters`
  if (text.charCodeAt(1) !== equalsSign || !isLetter(text.charCodeAt(0))) return 'is not <letter>=<value>'
  // RFC 4566 §9, byte-string: a value holds neither NUL nor CR nor LF.
  if (text.includes('\0') || text.includes('\r')) return 'holds a NUL or a CR'
  return { type: text[0]!, value: text.slice(2) }
}

function faultOf(line: SdpLine): string | undefined {
  switch (line.type) {
    case 'c':
      return readNetworkAddress(line.value) === undefined ? 'c= is not <net> <type> <address>' : undefined
    case 'o':
      return line.value.split(' ').length === 6 ? undefined : 'o= has not six fields'
    default:
      return undefined
  }
}

function readMediaLine(value: string): OpenSection | string {
  const [kind, ports, protocol, ...formats] = value.split(' ').filter((field) => field !== '')
  if (kind === undefined || ports === undefined || protocol === undefined) return 'm= has fewer than four fields'
  if (formats.length === 0) return 'm= has no format'
  if (formats.length > sdpLimits.formats) return `m= has more than ${sdpLimits.formats} formats`
  const [portText, countText, ...more] = ports.split('/')
  const port = readDecimal(portText!, 65_535)
  if (port === undefined || more.length > 0) return 'm= has no valid port'
  if (countText === undefined) return { kind, port, protocol, formats, lines: [] }
  const portCount = readDecimal(countText, 65_535)
  if (portCount === undefined) return 'm= has no valid number of ports'
  return { kind, port, portCount, protocol, formats, lines: [] }
}

/** The address of `IN IP4 <address>[/ttl]` (or IP6), as used in c=, o= and a=rtcp. */
export function readNetworkAddress(value: string): string | undefined {
  const fields = value.split(' ')
  if (fields.length !== 3 || fields[0] !== 'IN' || (fields[1] !== 'IP4' && fields[1] !== 'IP6')) return undefined
  const address = fields[2]!.split('/', 1)[0]!
  return address === '' ? undefined : address
}

/** A number written in decimal digits alone and not above `most`. */
export function readDecimal(text: string, most: number): number | undefined {
  if (text.length === 0 || text.length > 10) return undefined
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at)
    if (digit < 0x30 || digit > 0x39) return undefined
  }
  const value = Number(text)
  return value > most ? undefined : value
}

const equalsSign = 0x3d

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}

function isBlank(line: string): boolean {
  return line === '' || line === '\r'
}

function refused(line: number, says: string): ParsedSdp {
  return { ok: false, problem: { line, says } }
}
