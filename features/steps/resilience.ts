import { Given, Then, When } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

Given('every host runs as a program of its own', function (this: LabWorld) {
  this.placement = 'process'
})

Then('every host is a process of its own', async function (this: LabWorld) {
  const hosts = (await this.lab()).hosts()
  const pids = new Set([process.pid, ...hosts.map(({ pid }) => pid)])
  if (pids.size !== hosts.length + 1) throw new Mismatch('processes', hosts.length, [...pids])
  for (const { name, pid } of hosts) this.showRecord(name, `process ${pid}`)
})

/** What a client runs into while a host is gone: nobody there, or nobody behind the one that is. */
const outage: readonly number[] = [408, 480, 500, 502, 503, 504]

When('the {host} is killed', async function (this: LabWorld, name: string) {
  const host = await this.host(name)
  // What it saw is read before it is gone.
  await this.timeline()
  this.expectRefusal((message) => outage.includes(statusOf(message) ?? 0))
  await host.kill('SIGKILL')
  if (host.isRunning()) throw new Mismatch(name, 'killed', 'running')
})

When('the {host} is started again', async function (this: LabWorld, name: string) {
  await (await this.lab()).restart(name)
})

interface ClientState {
  readonly state: string
  readonly jid?: string | null
  readonly imClosedBecause?: string | null
  readonly phone: { readonly registration: string }
}

async function clientBecomes(
  world: LabWorld,
  user: string,
  what: string,
  fits: (state: ClientState) => boolean,
  limitMs = 3_000,
): Promise<ClientState> {
  const endpoint = await world.user(user)
  let last: ClientState | undefined
  await waitFor(
    `${user} ${what}`,
    async () => {
      last = await endpoint.call<ClientState>('state')
      return fits(last)
    },
    { limitMs, everyMs: 20, lastSeen: () => last },
  )
  return last!
}

Then('{user} notices that phone and instant messaging are gone', async function (this: LabWorld, user: string) {
  const isLost = ({ state, jid, phone }: ClientState) =>
    state === 'reconnecting' && !jid && phone.registration !== 'registered'
  const { imClosedBecause, phone } = await clientBecomes(this, user, 'to lose phone and IM', isLost)
  this.showRecord(user, `phone ${phone.registration}, instant messaging: ${imClosedBecause}`)
})

Then('{user} is back without doing anything', async function (this: LabWorld, user: string) {
  const isBack = ({ state, jid, phone }: ClientState) =>
    state === 'signed-in' && typeof jid === 'string' && phone.registration === 'registered'
  const { jid } = await clientBecomes(this, user, 'to be back', isBack, 10_000)
  this.showRecord(user, `back: registered, ${jid}`)
})

Then('{user} keeps the phone', async function (this: LabWorld, user: string) {
  const { phone } = await (await this.user(user)).call<ClientState>('state')
  if (phone.registration !== 'registered') throw new Mismatch(`the phone of ${user}`, 'registered', phone)
  this.showRecord(user, `phone ${phone.registration}`)
})

/** A keep-alive that finds nobody behind the Expressway. */
Then('the next registration of {user} fails', async function (this: LabWorld, user: string) {
  const outcome = await (await this.user(user)).call<{ status: number; reason: string }>('reRegister')
  if (!outage.includes(outcome.status)) throw new Mismatch(`registration of ${user}`, 'an outage', outcome)
  this.showRecord(user, `REGISTER answered ${outcome.status} ${outcome.reason}`)
})

Then('the VCS Control is ready again', async function (this: LabWorld) {
  await (await this.lab()).ready(10_000)
  this.showRecord('vcsc1', 'zone, tunnel, XCP links and discovery work')
})

interface Links {
  readonly tunnels: readonly Link[]
  readonly xcp: { readonly edges: readonly Link[]; readonly nodes: readonly Link[] }
}

interface Link {
  readonly state: string
}

/** Of clusters one link of each kind is enough to be ready. */
Then('every VCS Control has all its links again', async function (this: LabWorld) {
  const controls = (await this.lab()).hosts().filter(({ role }) => role === 'control')
  for (const { name, management } of controls) {
    let last: readonly Link[] = []
    await waitFor(
      `every link of ${name}`,
      async () => {
        const { tunnels, xcp } = await management.call<Links>('state')
        last = [...tunnels, ...xcp.edges, ...xcp.nodes]
        return last.every(({ state }) => state === 'Active')
      },
      { limitMs: 15_000, everyMs: 50, lastSeen: () => last },
    )
    this.showRecord(name, `${last.length} tunnels and XCP links are active`)
  }
})
