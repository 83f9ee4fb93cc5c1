import type { Address } from './address.ts'
import { formatAddress, tagOf, withTag } from './address.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { headers, safeValue, to } from './message.ts'
import type { HeaderLine } from './strict-parser.ts'

export interface Content {
  readonly type: string
  readonly body: Buffer | string
}

export interface RequestParts {
  readonly method: string
  readonly uri: string
  readonly from: Address
  readonly to: Address
  readonly callId: string
  readonly cseq: number
  readonly maxForwards?: number
  readonly routes?: readonly Address[]
  readonly extra?: readonly HeaderLine[]
  readonly content?: Content
}

/** A request without Via: the transaction that sends it puts its own on top. RFC 3261 §8.1.1. */
export function makeRequest(parts: RequestParts): SipRequest {
  return {
    kind: 'request',
    method: parts.method,
    uri: parts.uri,
    headers: [
      ...(parts.routes ?? []).map((route): HeaderLine => ['Route', formatAddress(route)]),
      ['Max-Forwards', String(parts.maxForwards ?? 70)],
      ['From', formatAddress(parts.from)],
      ['To', formatAddress(parts.to)],
      ['Call-ID', parts.callId],
      ['CSeq', `${parts.cseq} ${parts.method}`],
      ...safeLines(parts.extra),
      ...contentType(parts.content),
    ],
    body: bodyOf(parts.content),
  }
}

export interface ResponseParts {
  readonly status: number
  readonly reason?: string
  /** Added to To where the request had none. Not for 100. */
  readonly toTag?: string
  readonly extra?: readonly HeaderLine[]
  readonly content?: Content
}

/** RFC 3261 §8.2.6: Via, From, To, Call-ID and CSeq are those of the request; Record-Route too where a dialog forms. */
export function makeResponse(request: SipRequest, parts: ResponseParts): SipResponse {
  const copied = (name: string): HeaderLine[] => headers(request, name).map((value) => [name, value])
  const requestTo = to(request)
  const isTagged = tagOf(requestTo) !== undefined || parts.toTag === undefined || parts.status === 100
  const formsDialog = parts.status > 100 && parts.status < 300
  return {
    kind: 'response',
    status: parts.status,
    reason: safeValue(parts.reason ?? reasonPhrase(parts.status)),
    headers: [
      ...copied('Via'),
      ...(formsDialog ? copied('Record-Route') : []),
      ...copied('From'),
      ...(isTagged ? copied('To') : [['To', formatAddress(withTag(requestTo, parts.toTag))] as const]),
      ...copied('Call-ID'),
      ...copied('CSeq'),
      ...(parts.status === 100 ? copied('Timestamp') : []),
      ...safeLines(parts.extra),
      ...contentType(parts.content),
    ],
    body: bodyOf(parts.content),
  }
}

export function reasonPhrase(status: number): string {
  return reasons[status] ?? reasons[Math.floor(status / 100) * 100] ?? 'Unknown'
}

function safeLines(lines: readonly HeaderLine[] | undefined): HeaderLine[] {
  return (lines ?? []).map(([name, value]) => [name, safeValue(value)])
}

function contentType(content: Content | undefined): HeaderLine[] {
  return content === undefined ? [] : [['Content-Type', safeValue(content.type)]]
}

function bodyOf(content: Content | undefined): Buffer {
  if (content === undefined) return Buffer.alloc(0)
  return typeof content.body === 'string' ? Buffer.from(content.body, 'utf8') : content.body
}

/** RFC 3261 §21. */
const reasons: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  200: 'OK',
  202: 'Accepted',
  300: 'Multiple Choices',
  302: 'Moved Temporarily',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  422: 'Session Interval Too Small',
  423: 'Interval Too Brief',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'Version Not Supported',
  513: 'Message Too Large',
  600: 'Busy Everywhere',
  603: 'Decline',
}
