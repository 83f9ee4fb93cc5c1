import { finalRefusals, headerOf } from '#lab/evidence/refusal.ts'
import type { Timeline, TimelineMessage } from '#lab/evidence/timeline.ts'

export { headerOf }

/** Refusals that reached a client and that nothing explains: final SIP and HTTP answers from 400 up. */
export function refusalsAtClients(timeline: Timeline, clients: readonly string[]): TimelineMessage[] {
  return [...finalRefusals(timeline.messages)].filter(
    (message) => clients.includes(message.to) && statusOf(message) !== undefined,
  )
}

/** The status of an HTTP or SIP answer. */
export function statusOf({ protocol, summary }: TimelineMessage): number | undefined {
  if (protocol !== 'HTTP' && protocol !== 'SIP') return undefined
  const match = /^(\d{3}) /.exec(summary)
  return match === null ? undefined : Number(match[1])
}
