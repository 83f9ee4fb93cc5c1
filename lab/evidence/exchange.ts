import { headerOf, requestOf } from './refusal.ts'
import type { TimelineMessage } from './timeline.ts'

/** Messages of an exchange that are shown at most. */
const mostShown = 20

/**
 * The exchange an answer ends: of SIP everything with its Call-ID; of HTTP the request, what the hosts it reached
 * asked in turn, and the answer; of XMPP the client's stream and what was asked behind it. Its last 20 messages.
 */
export function exchangeOf(messages: readonly TimelineMessage[], answer: TimelineMessage): TimelineMessage[] {
  const request = askedBy(messages, answer)
  return messages.filter(membership(messages, answer, request ?? answer)).slice(-mostShown)
}

/** How the last request of the same kind and from the same host as that of `refused` was answered elsewhere. */
export function answerToSame(
  messages: readonly TimelineMessage[],
  refused: { readonly messages: readonly TimelineMessage[]; readonly answer: TimelineMessage },
): TimelineMessage | undefined {
  const wanted = askedBy(refused.messages, refused.answer)
  if (wanted === undefined) return undefined
  const request = messages.findLast(
    (message) => message.from === wanted.from && message.to === wanted.to && isSameKind(message, wanted),
  )
  if (request === undefined) return undefined
  return messages.find(
    (message) =>
      message.number > request.number &&
      message.to === request.from &&
      !/^1\d\d /.test(message.summary) &&
      askedBy(messages, message) === request,
  )
}

function askedBy(messages: readonly TimelineMessage[], answer: TimelineMessage): TimelineMessage | undefined {
  return requestOf(
    answer,
    messages.filter(({ number }) => number < answer.number),
  )
}

function isSameKind(message: TimelineMessage, wanted: TimelineMessage): boolean {
  if (message.protocol !== wanted.protocol) return false
  return wanted.protocol === 'SIP' ? methodOf(message) === methodOf(wanted) : message.summary === wanted.summary
}

function methodOf({ summary }: TimelineMessage): string {
  return summary.split(' ', 1)[0]!
}

function membership(
  messages: readonly TimelineMessage[],
  answer: TimelineMessage,
  request: TimelineMessage,
): (message: TimelineMessage) => boolean {
  if (answer.protocol === 'SIP') {
    const callId = headerOf(answer, 'call-id')
    return (message) => message.protocol === 'SIP' && headerOf(message, 'call-id') === callId
  }
  const reached = new Set([request.from, request.to])
  const between = messages.filter((message) => {
    if (message.number < request.number || message.number > answer.number) return false
    if (!relatedProtocols(answer.protocol).includes(message.protocol) || !reached.has(message.from)) return false
    reached.add(message.to)
    return true
  })
  const isOfStream = (message: TimelineMessage) =>
    answer.protocol === 'XMPP' && message.connection === answer.connection && message.number <= answer.number
  return (message) => between.includes(message) || isOfStream(message)
}

/** The edge carries a client's XMPP on as XCP. */
function relatedProtocols(protocol: string): readonly string[] {
  return protocol === 'XMPP' ? ['XMPP', 'XCP'] : [protocol]
}
