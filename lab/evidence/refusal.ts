import type { TimelineMessage } from './timeline.ts'

/**
 * Refusals that stand: answers of SIP and HTTP from 400 up, failures and errors of XMPP. A challenge that was answered
 * with credentials is none, nor the 404 for a configuration file a client only tries.
 */
export function finalRefusals(messages: readonly TimelineMessage[]): ReadonlySet<TimelineMessage> {
  return new Set(
    messages.filter((message, index) => {
      if (!isRefusal(message)) return false
      const request = requestOf(message, messages.slice(0, index))
      return !isAnsweredChallenge(message, request, messages.slice(index + 1)) && !isOptionalFile(message, request)
    }),
  )
}

/** The request an answer of SIP or HTTP belongs to, among the messages before it. */
export function requestOf(answer: TimelineMessage, earlier: readonly TimelineMessage[]): TimelineMessage | undefined {
  const [callId, cseq] = [headerOf(answer, 'call-id'), headerOf(answer, 'cseq')]
  return earlier.findLast(
    (message) =>
      message.from === answer.to &&
      message.to === answer.from &&
      message.protocol === answer.protocol &&
      !/^\d{3} /.test(message.summary) &&
      (answer.protocol === 'SIP'
        ? headerOf(message, 'call-id') === callId && headerOf(message, 'cseq') === cseq
        : message.connection === answer.connection),
  )
}

/** A header of SIP or HTTP by its name, whatever its case. */
export function headerOf({ bytes }: TimelineMessage, name: string): string | undefined {
  const prefix = `${name.toLowerCase()}:`
  const head = bytes.toString('latin1').split('\r\n\r\n', 1)[0] ?? ''
  const line = head.split('\r\n').find((candidate) => candidate.toLowerCase().startsWith(prefix))
  return line?.slice(prefix.length).trim()
}

function isRefusal({ protocol, summary }: TimelineMessage): boolean {
  if (protocol === 'SIP' || protocol === 'HTTP') return /^[4-6]\d\d /.test(summary)
  return /<(?:failure|stream:error|error)\b|type=error/.test(summary)
}

/** 401 or 407 to a request without credentials (or with a stale nonce) that was then sent with them. */
function isAnsweredChallenge(
  challenge: TimelineMessage,
  request: TimelineMessage | undefined,
  later: readonly TimelineMessage[],
): boolean {
  if (!/^40[17] /.test(challenge.summary) || request === undefined) return false
  if (hasCredentials(request) && !/\bstale\s*=\s*"?true/i.test(challenge.bytes.toString('latin1'))) return false
  const callId = headerOf(request, 'call-id')
  const nonce = /\bnonce="([^"]+)"/i.exec(challenge.bytes.toString('latin1'))?.[1]
  return later.some(
    (next) =>
      next.from === request.from &&
      next.to === request.to &&
      next.summary === request.summary &&
      hasCredentials(next) &&
      // A keepalive is sent anew with another Call-ID: its credentials then quote the challenge.
      (headerOf(next, 'call-id') === callId || (nonce !== undefined && next.bytes.includes(nonce))),
  )
}

function hasCredentials(message: TimelineMessage): boolean {
  return headerOf(message, 'authorization') !== undefined || headerOf(message, 'proxy-authorization') !== undefined
}

/** Files a client asks for and can do without. */
function isOptionalFile({ protocol, summary }: TimelineMessage, request: TimelineMessage | undefined): boolean {
  return (
    protocol === 'HTTP' &&
    summary.startsWith('404 ') &&
    /\/(AppDialRules|DirLookupDialRules|global-settings|[CI]TL\w+)\.(xml|tlv)/.test(request?.summary ?? '')
  )
}
