import { Then, When } from '@cucumber/cucumber'
import type { RunningHost } from '#lab/roles/role.ts'
import { waitFor } from '#runtime/wait.ts'
import type { VcsKind } from '../support/clusters.ts'
import { isOf, peersOf, takeOut } from '../support/clusters.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import type { ViewRow } from '../support/page-views.ts'
import { viewOn } from '../support/page-views.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

interface Lists {
  readonly current: readonly ViewRow[]
  readonly history: readonly ViewRow[]
}

/** Both lists as the pages of a peer show them. */
async function listsOf(world: LabWorld, name: string): Promise<Lists> {
  return {
    current: await viewOn(world, name, 'Status > Calls > Calls', 'calls'),
    history: await viewOn(world, name, 'Status > Calls > History', 'calls'),
  }
}

async function lists(world: LabWorld, name: string, current: number, ended: number): Promise<Lists> {
  let last: Lists | undefined
  await waitFor(
    `${current} current calls and ${ended} in the history on the pages of ${name}`,
    async () => {
      last = await listsOf(world, name)
      return last.current.length === current && last.history.length === ended
    },
    { limitMs: 3_000, lastSeen: () => last },
  )
  return last!
}

/** Without the order of columns. */
function plain({ current, history }: Lists) {
  return [current, history].map((rows) => rows.map((row) => Object.entries(row).sort()))
}

/** How many calls a VCS itself has under way and has had. */
async function ownCallsOf({ management }: RunningHost): Promise<{ readonly current: number; readonly ended: number }> {
  interface State {
    readonly calls:
      readonly unknown[] | { readonly active: readonly unknown[]; readonly counts: { readonly ended: number } }
    readonly callHistory?: readonly unknown[]
  }
  const { calls, callHistory = [] } = await management.call<State>('state')
  if ('active' in calls) return { current: calls.active.length, ended: calls.counts.ended }
  return { current: calls.length, ended: callHistory.length }
}

/** Alike at every peer, and as many with a peer's name as that peer has itself. */
Then(
  /^every (VCS Control|VCS Expressway) shows (\d+) current calls? and (\d+) in the history, each with its peer$/,
  async function (this: LabWorld, kind: VcsKind, current: string, ended: string) {
    const peers = await peersOf(this, kind)
    const shown: Lists[] = []
    for (const { name } of peers) shown.push(await lists(this, name, Number(current), Number(ended)))
    const [first] = shown
    const other = shown.find((each) => JSON.stringify(plain(each)) !== JSON.stringify(plain(first!)))
    if (peers.length < 2 || other !== undefined) throw new Mismatch('the lists of the peers', first, other)
    for (const peer of peers) {
      const own = await ownCallsOf(peer)
      const found = {
        current: first!.current.filter((row) => isOf(peer, row)).length,
        ended: first!.history.filter((row) => isOf(peer, row)).length,
      }
      if (JSON.stringify(found) !== JSON.stringify(own)) throw new Mismatch(`calls of ${peer.name}`, own, found)
      this.showRecord(peer.name, `${current} current, ${ended} in the history; of its own ${JSON.stringify(own)}`)
    }
  },
)

Then(
  'the pages of the {host} show {int} current call(s) and {int} in the history',
  async function (this: LabWorld, host: string, current: number, ended: number) {
    await lists(this, host, current, ended)
    this.showRecord(host, `${current} current calls, ${ended} in the history`)
  },
)

Then('the INVITE of {user} has come to the {host}', async function (this: LabWorld, user: string, host: string) {
  const { line } = (await this.user(user)).user
  await seen(
    this,
    `INVITE of ${user} at ${host}`,
    (message) =>
      message.to === host &&
      message.summary.startsWith('INVITE ') &&
      headerOf(message, 'from')?.includes(`sip:${line}@`) === true,
  )
})

When('the {host} is taken out of its cluster', async function (this: LabWorld, host: string) {
  await takeOut(this, host)
})

/** At the top of the list, before the calls of the others. */
Then(
  'the calls of the {host} stand on the pages of the {host} as not told',
  async function (this: LabWorld, missing: string, host: string) {
    let last: readonly ViewRow[] = []
    await waitFor(
      `${host} to say that it has not the calls of ${missing}`,
      async () => {
        last = (await listsOf(this, host)).current
        return isOf({ name: missing }, last[0]) && String(last[0]!['status']).startsWith('Failed: ')
      },
      { limitMs: 5_000, lastSeen: () => last },
    )
    this.showRecord(host, `${missing}: ${String(last[0]!['status'])}`)
  },
)

/** Calls at a time of each user. */
const atOnce = 10

When(
  '{user} and {user} call the number {string} {int} times each',
  async function (this: LabWorld, first: string, second: string, number: string, times: number) {
    this.expectRefusal((message) => [first, second].includes(message.to) && statusOf(message) === 404)
    await Promise.all([first, second].map((user) => callsInVain(this, user, number, times)))
  },
)

async function callsInVain(world: LabWorld, user: string, number: string, times: number): Promise<void> {
  const caller = await world.user(user)
  const once = async () => {
    const { callId } = await caller.call<{ callId: string }>('call', { to: number })
    const wanted = { callId, state: 'ended', limitMs: 20_000 }
    const { status } = await caller.call<{ status?: number }>('waitCall', wanted)
    if (status !== 404) throw new Mismatch(`the call of ${user} for ${number}`, 404, status)
  }
  for (let left = times; left > 0; left -= atOnce) {
    await Promise.all(Array.from({ length: Math.min(left, atOnce) }, once))
  }
}

Then('each VCS Control has had {int} calls', async function (this: LabWorld, count: number) {
  for (const peer of await peersOf(this, 'VCS Control')) {
    const { ended } = await ownCallsOf(peer)
    if (ended !== count) throw new Mismatch(`calls of ${peer.name}`, count, ended)
    this.showRecord(peer.name, `${ended} calls have ended`)
  }
})

Then(
  'the history of every VCS Control has {int} calls, the {int} most recent of each peer, all for {string}',
  async function (this: LabWorld, total: number, each: number, number: string) {
    const peers = await peersOf(this, 'VCS Control')
    for (const { name } of peers) {
      const { history } = await listsOf(this, name)
      const starts = history.map(({ start }) => String(start))
      const found = {
        total: history.length,
        counts: peers.map((peer) => history.filter((row) => isOf(peer, row)).length),
        others: history.filter((row) => !String(row['destination']).includes(`:${number}@`)).length,
        // Calls may overlap but for the last one, which began behind all the others.
        isNewestFirst: starts[0] === starts.toSorted().at(-1),
      }
      const wanted = { total, counts: peers.map(() => each), others: 0, isNewestFirst: true }
      if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Mismatch(`history of ${name}`, wanted, found)
      this.showRecord(name, `${total} calls in the history, ${found.counts.join(' and ')} of the peers`)
    }
  },
)
