import { Then } from '@cucumber/cucumber'
import { allSeen, briefly, Mismatch, seen } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

Then(
  'the {host} receives {string} from the {host}',
  async function (this: LabWorld, to: string, summary: string, from: string) {
    await seen(
      this,
      `"${summary}" from ${from} at ${to}`,
      (message) => message.to === to && message.from === from && message.summary.startsWith(summary),
    )
  },
)

Then('the {host} receives no {string}', async function (this: LabWorld, to: string, summary: string) {
  const found = await allSeen(this, (message) => message.to === to && message.summary.startsWith(summary))
  if (found.length > 0) throw new Mismatch(`"${summary}" at ${to}`, 'nothing', found.map(briefly))
  this.showRecord(to, `no "${summary}" among ${(await this.timeline()).messages.length} messages`)
})

Then(
  'the {host} receives no {string} from the {host}',
  async function (this: LabWorld, to: string, summary: string, from: string) {
    const isFrom = (message: { from: string; to: string }) => message.from === from && message.to === to
    const found = await allSeen(this, (message) => isFrom(message) && message.summary.startsWith(summary))
    if (found.length > 0) throw new Mismatch(`"${summary}" from ${from} at ${to}`, 'nothing', found.map(briefly))
    this.showRecord(to, `no "${summary}" from ${from}`)
  },
)

interface Opened {
  readonly from: string
  readonly to: string
  readonly sourcePort: number
  readonly port: number
}

/** TCP connections as the accepting or dialling side recorded their opening. */
async function connections(world: LabWorld): Promise<Opened[]> {
  const { events } = await world.timeline()
  const names = new Map(events.flatMap(({ local, host }) => (local === undefined ? [] : [[address(local), host]])))
  const opened = new Map<string, Opened>()
  for (const { kind, connection } of events) {
    if (kind !== 'open' || connection === undefined) continue
    const [, from, to] = connection.split('/') as [string, string, string]
    opened.set(connection, {
      from: names.get(address(from)) ?? address(from),
      to: names.get(address(to)) ?? address(to),
      sourcePort: portOf(from),
      port: portOf(to),
    })
  }
  return [...opened.values()]
}

function address(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':'))
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
}

Then(
  'the {host} has connected to port {int} of the {host}',
  async function (this: LabWorld, from: string, port: number, to: string) {
    const all = await connections(this)
    const found = all.find((opened) => opened.from === from && opened.to === to && opened.port === port)
    if (found === undefined)
      throw new Mismatch(
        `connections of ${from}`,
        `to ${to}:${port}`,
        all.filter((o) => o.from === from),
      )
    this.showRecord(to, `TCP from ${from}:${found.sourcePort} to port ${port}`)
  },
)

Then(
  'the {host} has connected to port {int} of the {host} from source ports {int} to {int}',
  async function (this: LabWorld, from: string, port: number, to: string, first: number, last: number) {
    const found = (await connections(this)).filter((o) => o.from === from && o.to === to && o.port === port)
    const outside = found.filter(({ sourcePort }) => sourcePort < first || sourcePort > last)
    if (found.length === 0 || outside.length > 0)
      throw new Mismatch(`source ports of ${from}`, `${first}-${last}`, found)
    this.showRecord(to, `TCP from ${from}:${found[0]!.sourcePort} to port ${port}`)
  },
)

Then('the {host} has opened no connection to the inside', async function (this: LabWorld, from: string) {
  const inside = ['vcsc1', 'cucm1', 'imp1', 'cuc1', 'web1', 'intdns', 'bob', 'carol']
  const all = await connections(this)
  const found = all.filter((opened) => opened.from === from && inside.includes(opened.to))
  if (found.length > 0) throw new Mismatch(`connections ${from} opened`, 'none to the inside', found)
  this.showRecord(from, `none of ${all.length} TCP connections leads from ${from} to the inside`)
})

Then('{user} has opened no connection to the {host}', async function (this: LabWorld, user: string, to: string) {
  const all = await connections(this)
  const found = all.filter((opened) => opened.from === user && opened.to === to)
  if (found.length > 0) throw new Mismatch(`connections ${user} opened`, `none to ${to}`, found)
  this.showRecord(to, `none of ${all.length} TCP connections comes from ${user}`)
})

Then('{user} has connected only to the {host}', async function (this: LabWorld, user: string, to: string) {
  const found = (await connections(this)).filter((opened) => opened.from === user)
  const elsewhere = found.filter((opened) => opened.to !== to)
  if (found.length === 0 || elsewhere.length > 0) throw new Mismatch(`connections ${user} opened`, `to ${to}`, found)
  const ports = [...new Set(found.map(({ port }) => port))]
  this.showRecord(to, `${found.length} TCP connections of ${user}, all here: ports ${ports.join(', ')}`)
})

Then(
  'the {host} is asked {string} before {string}',
  async function (this: LabWorld, host: string, first: string, second: string) {
    const asked = await allSeen(this, ({ to, summary }) => to === host && [first, second].includes(summary))
    const order = asked.map(({ summary }) => summary)
    if (order[0] !== first || !order.includes(second)) throw new Mismatch(`order at ${host}`, [first, second], order)
  },
)
