/** The parts of a SIP message that lie in front of a user agent library: enough to observe and to answer in its stead. */
export interface SipHead {
  readonly startLine: string
  /** Of a response. */
  readonly status?: number
  readonly reason?: string
  /** Of the request, or of the CSeq of a response. */
  readonly method: string
  readonly callId: string
  /** All values of a header field in order, by its full name. */
  values(name: string): string[]
  readonly body: string
}

export function readSipHead(message: string): SipHead {
  const split = message.indexOf('\r\n\r\n')
  const [startLine = '', ...fields] = (split === -1 ? message : message.slice(0, split)).split('\r\n')
  const values = (name: string) =>
    fields.flatMap((field) => {
      const colon = field.indexOf(':')
      const found = field.slice(0, colon).trim().toLowerCase()
      return found === name.toLowerCase() || compactForms[found] === name.toLowerCase()
        ? [field.slice(colon + 1).trim()]
        : []
    })
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(startLine)
  return {
    startLine,
    ...(response === null ? {} : { status: Number(response[1]), reason: response[2] ?? '' }),
    method: values('CSeq')[0]?.split(/\s+/)[1] ?? startLine.split(' ')[0] ?? '',
    callId: values('Call-ID')[0] ?? '',
    values,
    body: split === -1 ? '' : message.slice(split + 4),
  }
}

export interface OwnAnswer {
  readonly status: number
  readonly reason: string
  /** Added to To where the request has none. */
  readonly toTag: string
  readonly headers?: readonly string[]
  readonly body?: string
}

/** RFC 3261 §8.2.6: a response with the request's Via, From, To, Call-ID and CSeq. */
export function answerTo(request: SipHead, { status, reason, toTag, headers = [], body = '' }: OwnAnswer): string {
  const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].flatMap((name) =>
    request.values(name).map((value) => {
      const needsTag = name === 'To' && !/;\s*tag=/i.test(value)
      return `${name}: ${value}${needsTag ? `;tag=${toTag}` : ''}`
    }),
  )
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  return [`SIP/2.0 ${status} ${reason}`, ...copied, ...headers, length, '', body].join('\r\n')
}

const compactForms: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  r: 'refer-to',
}
