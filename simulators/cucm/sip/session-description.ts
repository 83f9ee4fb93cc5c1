/** A session description kept as its lines: what stands before the first m=, and each m= with what follows it. */
export interface SessionDescription {
  readonly session: readonly string[]
  readonly media: ReadonlyArray<readonly string[]>
}

export interface BitRates {
  readonly audioKbps: number
  /** Of a whole video call, audio included. */
  readonly videoCallKbps: number
}

export interface Origin {
  readonly id: number
  readonly version: number
  readonly address: string
}

/** Reads RFC 4566 strictly; undefined for what is not a description. */
export function parseSessionDescription(body: Buffer): SessionDescription | undefined {
  const lines = body.toString('utf8').split(/\r\n|\n/)
  while (lines.at(-1) === '') lines.pop()
  if (lines[0] !== 'v=0' || !lines.every((line) => /^[a-z]=/.test(line))) return undefined
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []))
  const media = starts.map((start, index) => lines.slice(start, starts[index + 1]))
  const session = lines.slice(0, starts[0])
  const isComplete = ['o=', 's=', 't='].every((type) => session.some((line) => line.startsWith(type)))
  return isComplete && media.every(([first]) => mediaPattern.test(first!)) ? { session, media } : undefined
}

export function formatSessionDescription({ session, media }: SessionDescription): string {
  return [...session, ...media.flat()].map((line) => `${line}\r\n`).join('')
}

/** The description as Unified CM passes it on: own origin and name, bit rates lowered to the region's. */
export function passedOn(description: SessionDescription, origin: Origin, rates: BitRates): SessionDescription {
  const session = description.session.map((line) => {
    if (line.startsWith('o=')) return originLine(origin)
    return line.startsWith('s=') ? 's=SIP Call' : line
  })
  const hasVideo = description.media.some((lines) => mediaOf(lines).type === 'video' && mediaOf(lines).port !== 0)
  return {
    session: cappedAt(session, { AS: hasVideo ? rates.videoCallKbps : rates.audioKbps + overheadKbps }),
    media: description.media.map((lines) => cappedMedia(lines, rates)),
  }
}

/**
 * Delayed offer: the answer to `offer` made of what the other party said it can do. Media lines are paired by type
 * in their order; one without partner or common codec is refused with port 0. RFC 3264 §6.
 */
export function answerFrom(offer: SessionDescription, other: SessionDescription): SessionDescription {
  const unused = [...other.media]
  const media = offer.media.map((lines) => {
    const { type, protocol, port } = mediaOf(lines)
    const index = unused.findIndex((each) => mediaOf(each).type === type && mediaOf(each).protocol === protocol)
    const [partner] = index < 0 ? [] : unused.splice(index, 1)
    const common = partner === undefined || port === 0 ? undefined : withCommonCodecs(partner, lines)
    return common ?? [lines[0]!.replace(/^(m=\S+ )\d+/, '$10')]
  })
  return { session: other.session, media }
}

/**
 * The description with a line for each m-line of the session it is meant for: those it lacks are refused with port 0; an
 * answer has no more of them than its offer. RFC 3264 §6, §8.
 */
export function withMediaLines(
  description: SessionDescription,
  lines: readonly string[],
  as: 'offer' | 'answer',
): SessionDescription {
  const missing = lines.slice(description.media.length).map((line) => [line.replace(/^(m=\S+ )\d+/, '$10')])
  const present = as === 'answer' ? description.media.slice(0, lines.length) : description.media
  return { session: description.session, media: [...present, ...missing] }
}

/** One line per medium for the call history: `audio 16384 RTP/AVP 9 0 8 101`. */
export function summariseMedia(description: SessionDescription): string[] {
  return description.media.map((lines) => {
    const rates = lines.filter((line) => line.startsWith('b=')).map((line) => ` ${line}`)
    return lines[0]!.slice(2) + rates.join('')
  })
}

const mediaPattern = /^m=(\S+) (\d{1,5})(?:\/\d+)? (\S+)(?: (.*))?$/

/** IP, UDP and RTP headers of a 20 ms packet stream, as b=AS counts them. */
const overheadKbps = 16

interface Media {
  readonly type: string
  readonly port: number
  readonly protocol: string
  readonly formats: readonly string[]
}

function mediaOf(lines: readonly string[]): Media {
  const [, type, port, protocol, formats] = mediaPattern.exec(lines[0]!)!
  return { type: type!, port: Number(port), protocol: protocol!, formats: (formats ?? '').split(' ') }
}

function cappedMedia(lines: readonly string[], rates: BitRates): readonly string[] {
  const { type, port } = mediaOf(lines)
  if (type !== 'video' || port === 0) return lines
  const video = Math.max(1, rates.videoCallKbps - rates.audioKbps)
  const capped = cappedAt(lines, { AS: video, TIAS: video * 1000 })
  if (capped.some((line) => line.startsWith('b='))) return capped
  // RFC 4566 §5: b= stands behind i= and c=.
  const place = capped.findLastIndex((line) => /^[mic]=/.test(line)) + 1
  return capped.toSpliced(place, 0, `b=TIAS:${video * 1000}`)
}

function cappedAt(lines: readonly string[], most: { AS: number; TIAS?: number }): string[] {
  return lines.map((line) => {
    const [, modifier, value] = /^b=(AS|TIAS|CT):(\d+)$/.exec(line) ?? []
    if (modifier === undefined) return line
    const limit = modifier === 'TIAS' ? (most.TIAS ?? most.AS * 1000) : most.AS
    return `b=${modifier}:${Math.min(Number(value), limit)}`
  })
}

function originLine({ id, version, address }: Origin): string {
  return `o=CiscoSystemsCCM-SIP ${id} ${version} IN IP4 ${address}`
}

/** The partner's media lines reduced to the codecs that the offer has too; undefined where none is left. */
function withCommonCodecs(partner: readonly string[], offer: readonly string[]): string[] | undefined {
  const offered = new Set(mediaOf(offer).formats.map((format) => codecOf(offer, format)))
  const formats = mediaOf(partner).formats.filter((format) => offered.has(codecOf(partner, format)))
  if (!formats.some((format) => !codecOf(partner, format).startsWith('telephone-event'))) return undefined
  const first = partner[0]!.replace(/^(m=\S+ \S+ \S+)(?: .*)?$/, `$1 ${formats.join(' ')}`)
  const rest = partner.slice(1).filter((line) => {
    const format = /^a=(?:rtpmap|fmtp|rtcp-fb|imageattr):(\d+) /.exec(line)?.[1]
    return format === undefined || formats.includes(format)
  })
  return [first, ...rest]
}

/** `PCMU/8000`, also for a static payload type without rtpmap (RFC 3551 §6); other formats as they are. */
function codecOf(lines: readonly string[], format: string): string {
  const mapped = lines.find((line) => line.startsWith(`a=rtpmap:${format} `))?.split(' ')[1]
  return (mapped ?? staticCodecs[format] ?? format).toLowerCase()
}

const staticCodecs: Readonly<Record<string, string>> = {
  0: 'PCMU/8000',
  3: 'GSM/8000',
  4: 'G723/8000',
  8: 'PCMA/8000',
  9: 'G722/8000',
  15: 'G728/8000',
  18: 'G729/8000',
  34: 'H263/90000',
}
