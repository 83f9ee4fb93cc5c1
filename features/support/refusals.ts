import type { Timeline, TimelineMessage } from '#lab/evidence/timeline.ts'

/**
 * Refusals that reached a client and that nothing explains: final SIP and HTTP answers from 400 up. A challenge the
 * client answered is no refusal, nor a 404 for a file Jabber only tries.
 */
export function refusalsAtClients(timeline: Timeline, clients: readonly string[]): TimelineMessage[] {
  return timeline.messages.filter(
    (message, index) =>
      clients.includes(message.to) &&
      isRefusal(message) &&
      !isAnsweredChallenge(message, timeline.messages.slice(index + 1)) &&
      !isToleratedFile(message, timeline.messages.slice(0, index)),
  )
}

/** The status of an HTTP or SIP answer. */
export function statusOf({ protocol, summary }: TimelineMessage): number | undefined {
  if (protocol !== 'HTTP' && protocol !== 'SIP') return undefined
  const match = /^(\d{3}) /.exec(summary)
  return match === null ? undefined : Number(match[1])
}

function isRefusal(message: TimelineMessage): boolean {
  return (statusOf(message) ?? 0) >= 400
}

/** 401 or 407, and the client sent the request again with credentials. */
function isAnsweredChallenge(message: TimelineMessage, later: readonly TimelineMessage[]): boolean {
  const status = statusOf(message)
  if (status !== 401 && status !== 407) return false
  if (message.protocol === 'HTTP')
    return later.some((next) => next.from === message.to && hasHeader(next, 'authorization'))
  const callId = headerOf(message, 'call-id')
  return later.some(
    (next) =>
      next.from === message.to &&
      headerOf(next, 'call-id') === callId &&
      (hasHeader(next, 'proxy-authorization') || hasHeader(next, 'authorization')),
  )
}

/** Configuration files a client asks for and can do without. */
function isToleratedFile(message: TimelineMessage, earlier: readonly TimelineMessage[]): boolean {
  if (message.protocol !== 'HTTP' || statusOf(message) !== 404) return false
  const request = earlier.findLast(
    (candidate) => candidate.connection === message.connection && candidate.from === message.to,
  )
  return (
    request !== undefined &&
    /\/(AppDialRules|DirLookupDialRules|global-settings|[CI]TL\w+)\.(xml|tlv)/.test(request.summary)
  )
}

export function headerOf({ bytes }: TimelineMessage, name: string): string | undefined {
  const head = bytes.toString('latin1').split('\r\n\r\n', 1)[0] ?? ''
  const line = head.split('\r\n').find((candidate) => candidate.toLowerCase().startsWith(`${name}:`))
  return line?.slice(name.length + 1).trim()
}

function hasHeader(message: TimelineMessage, name: string): boolean {
  return headerOf(message, name) !== undefined
}
