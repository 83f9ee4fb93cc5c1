import type { Timeline, TimelineMessage } from '#lab/evidence/timeline.ts'
import { waitFor } from '#runtime/wait.ts'
import type { LabWorld } from './world.ts'

/** What was expected, in the statement's words, beside what was found. */
export class Mismatch extends Error {
  readonly expected: unknown
  readonly actual: unknown

  constructor(what: string, expected: unknown, actual: unknown) {
    super(`${what}\n  expected  ${text(expected)}\n  actual    ${text(actual)}`)
    this.expected = expected
    this.actual = actual
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
}

/** Waits for a message that fits, keeps it as evidence and returns it. */
export async function seen(
  world: LabWorld,
  what: string,
  fits: (message: TimelineMessage) => boolean,
  limitMs = 5_000,
): Promise<TimelineMessage> {
  let last: Timeline | undefined
  const message = await waitFor(
    what,
    async () => {
      last = await world.timeline()
      return last.messages.find(fits)
    },
    { limitMs, everyMs: 50, lastSeen: () => last?.messages.slice(-5).map(briefly) },
  )
  world.showMessage(message)
  return message
}

/** All messages that fit by now; the first few are kept as evidence. */
export async function allSeen(
  world: LabWorld,
  fits: (message: TimelineMessage) => boolean,
): Promise<TimelineMessage[]> {
  const messages = (await world.timeline()).messages.filter(fits)
  for (const message of messages.slice(0, 3)) world.showMessage(message)
  return messages
}

export function briefly({ number, protocol, summary, from, to }: TimelineMessage): string {
  return `#${number} ${from} → ${to} ${protocol} ${summary}`
}
