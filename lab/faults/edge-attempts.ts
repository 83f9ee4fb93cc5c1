import { timelineOf } from '../evidence/timeline.ts'
import type { Lab } from '../lab.ts'

/** One attempt to begin a sign-in: the Controls that its request was taken to, and what Alice got in the end. */
export interface EdgeAttempt {
  readonly controls: readonly string[]
  readonly status: number | 'answered'
}

/** Alice looks the edge up and asks for its configuration, again and again: a cluster takes the requests in turn. */
export async function edgeAttempts(lab: Lab, times: number): Promise<EdgeAttempt[]> {
  const alice = lab.endpoint('alice')
  const attempts: EdgeAttempt[] = []
  for (let turn = 0; turn < times; turn++) {
    const before = (await lab.events()).length
    const { error } = await alice.signIn({ stages: ['service-discovery', 'edge-config'] })
    const { messages } = timelineOf((await lab.events()).slice(before))
    const controls = messages
      .filter(({ to, summary }) => to.startsWith('vcsc') && summary.includes('get_edge_config'))
      .map(({ to }) => to)
    attempts.push({ controls, status: error === undefined ? 'answered' : (error.status ?? 0) })
    await alice.call('signOut')
  }
  return attempts
}

/** `by vcsc1: answered, by vcsc2: 403`. */
export function attemptsText(attempts: readonly EdgeAttempt[]): string {
  return attempts.map(({ controls, status }) => `by ${controls.join(' and ') || 'no Control'}: ${status}`).join(', ')
}
