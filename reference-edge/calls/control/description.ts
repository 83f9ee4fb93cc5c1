import type { SipMessage } from '../../protocol/sip/message.ts'
import type { SessionDescription } from '../../protocol/sdp/session-description.ts'
import { parseSdp, serialiseSdp } from '../../protocol/sdp/session-description.ts'
import type { OutgoingBody } from './dialog.ts'

/** What a message says about media: nothing, a description, or one that cannot be read. */
export type Described =
  | { readonly kind: 'none' }
  | { readonly kind: 'sdp'; readonly sdp: SessionDescription }
  | { readonly kind: 'unreadable'; readonly says: string }

/** The session description of a message, alone or as a part of a multipart body (RFC 5621). */
export function descriptionOf(message: SipMessage): Described {
  if (message.body.length === 0) return { kind: 'none' }
  const type = message.first('content-type') ?? ''
  const text = isOfType(type, 'application/sdp') ? message.body : sdpPart(type, message.body)
  if (text === undefined) return { kind: 'none' }
  const parsed = parseSdp(text)
  return parsed.ok ? { kind: 'sdp', sdp: parsed.sdp } : { kind: 'unreadable', says: parsed.problem.says }
}

export function descriptionBody(sdp: SessionDescription): OutgoingBody {
  return { type: 'application/sdp', content: serialiseSdp(sdp) }
}

function sdpPart(contentType: string, body: Buffer): string | undefined {
  if (!isOfType(contentType, 'multipart/mixed')) return undefined
  const boundary = /;\s*boundary="?([^";]{1,70})"?/i.exec(contentType)?.[1]
  if (boundary === undefined) return undefined
  for (const piece of `\r\n${body.toString()}`.split(`\r\n--${boundary}`).slice(1, 1 + mostParts)) {
    const headEnd = piece.indexOf('\r\n\r\n')
    const head = piece.slice(0, Math.max(headEnd, 0))
    if (headEnd !== -1 && /^content-type:\s*application\/sdp\b/im.test(head)) return piece.slice(headEnd + 4)
  }
  return undefined
}

const mostParts = 16

function isOfType(value: string, type: string): boolean {
  return value.split(';', 1)[0]!.trim().toLowerCase() === type
}
