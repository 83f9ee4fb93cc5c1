import { waitFor } from '#runtime/wait.ts'
import type { Endpoint } from '../endpoint.ts'

/** How a call attempt ended or that it stands, as its caller reports it. */
export interface CallReport {
  readonly id: string
  readonly state: string
  readonly status?: number
  readonly reason?: string
}

/** Signs a client in unless its last sign-in still stands; throws with what the client says where that fails. */
export async function signedIn(endpoint: Endpoint): Promise<void> {
  const { phone } = await endpoint.call<{ phone?: { registration: string } }>('state')
  if (phone?.registration === 'registered') return
  const { error } = await endpoint.signIn()
  if (error !== undefined) throw new Error(`${endpoint.user.id} cannot sign in: ${error.says}`)
}

/** Calls and waits until the call stands or has failed. */
export async function callUntilSettled(caller: Endpoint, to: string, limitMs = 10_000): Promise<CallReport> {
  const { callId } = await caller.call<{ callId: string }>('call', { to })
  let last: CallReport | undefined
  return waitFor(
    `the call of ${caller.user.id} to ${to} to connect or to end`,
    async () => {
      last = (await caller.call<CallReport[]>('calls')).find(({ id }) => id === callId)
      return last?.state === 'connected' || last?.state === 'ended' ? last : undefined
    },
    { limitMs, everyMs: 20, lastSeen: () => last },
  )
}
