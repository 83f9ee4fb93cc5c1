import type { DataTable } from '@cucumber/cucumber'
import { defineParameterType, Then, When } from '@cucumber/cucumber'
import type { Place } from '#lab/topology/topology.ts'
import type { RawConnection } from '#lab/self-test/raw-client.ts'
import { openTcp, openTls } from '#lab/self-test/raw-client.ts'
import type { PageValues } from '#lab/vcs/vcs-document.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { mustPress } from '../support/page-actions.ts'
import { viewOn } from '../support/page-views.ts'
import { addressOf } from '../support/places.ts'
import { administer, onlyRows } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const rulesPage = 'System > Protection > Firewall rules > Configuration'

const strangers: Readonly<Record<string, Place>> = {
  'a stranger on the internet': 'internet',
  'a stranger in the DMZ': 'dmz',
  'a stranger inside': 'inside',
}

defineParameterType({
  name: 'stranger',
  regexp: new RegExp(Object.keys(strangers).join('|')),
  transformer: (name: string) => strangers[name]!,
})

defineParameterType({
  name: 'edgeSide',
  regexp: /the VCS Expressway|the internal interface|the external interface/,
  transformer: (name: string) => (name === 'the external interface' ? 1 : 0),
})

/** Columns Priority, Action, Service, From and Interface; a number as service stands for a TCP port. */
When('the administrator enters the firewall rules:', async function (this: LabWorld, table: DataTable) {
  const control = addressOf(await this.lab(), 'vcsc1')
  const rows = table.hashes().map(({ Priority, Action, Service, From, Interface }) => ({
    Priority: Number(Priority),
    Action: Action!,
    ...serviceOf(Service!),
    ...(From === 'the VCS Control' ? { 'IP address': control, 'Prefix length': 32 } : {}),
    Interface: Interface!,
  }))
  await administer(this, 'vcse1', onlyRows(rulesPage, rows))
})

function serviceOf(service: string): PageValues {
  const port = Number(service)
  if (Number.isNaN(port)) return { Service: service }
  return { Service: 'Custom', Transport: 'TCP', 'Start port': port, 'End port': port }
}

const buttons: Readonly<Record<string, string>> = {
  activates: 'Activate firewall rules',
  accepts: 'Accept changes',
  'rolls back': 'Roll back',
}

When(
  /^the administrator (activates|accepts|rolls back) the firewall rules$/,
  async function (this: LabWorld, verb: string) {
    await mustPress(this, 'vcse1', rulesPage, buttons[verb]!)
  },
)

When('the VCS Expressway restarts with these rules', async function (this: LabWorld) {
  this.memory.set('dials before the restart', (await tunnelDials(this)).size)
  await (await this.lab()).restartSystem('vcse1')
})

Then('the VCS Expressway shows {int} firewall rule(s) in force', async function (this: LabWorld, count: number) {
  const rows = await viewOn(this, 'vcse1', rulesPage, 'active')
  if (rows.length !== count) throw new Mismatch('rules in force', count, rows)
  this.showRecord('vcse1', `in force: ${rows.map(({ rule }) => rule).join('; ') || 'none'}`)
})

/** Real time in which a listener on the same machine would long have answered. */
const patienceMs = 300

/** A TLS handshake, or the banner of an SSH server. */
async function knock(world: LabWorld, place: Place, side: number, port: number): Promise<'answer' | 'silence'> {
  const lab = await world.lab()
  const host = lab.plan('vcse1').specification.addresses[side]!
  const target = { host, port, from: lab.fabric.address(place, 66), limitMs: patienceMs }
  const opening = port === 2222 ? openTcp(target) : openTls(target)
  const connection = await opening.catch((error: Error) => error)
  if (connection instanceof Error) {
    if (!connection.message.includes('within')) throw connection
    return 'silence'
  }
  try {
    return port !== 2222 || (await hasBanner(connection)) ? 'answer' : 'silence'
  } finally {
    connection.destroy()
  }
}

function hasBanner(connection: RawConnection): Promise<boolean> {
  return connection.until(/^SSH-2.0-/, patienceMs).then(
    () => true,
    () => false,
  )
}

async function mustKnock(world: LabWorld, place: Place, side: number, port: number, wanted: 'answer' | 'silence') {
  const found = await knock(world, place, side, port)
  if (found !== wanted) throw new Mismatch(`port ${port} from the ${place}`, wanted, found)
  world.showRecord('vcse1', `port ${port} from the ${place}: ${found}`)
}

Then(
  '{stranger} gets an answer at port {int} of {edgeSide}',
  async function (this: LabWorld, place: Place, port: number, side: number) {
    await mustKnock(this, place, side, port, 'answer')
  },
)

Then(
  '{stranger} gets no answer at port {int} of {edgeSide}',
  async function (this: LabWorld, place: Place, port: number, side: number) {
    await mustKnock(this, place, side, port, 'silence')
  },
)

/** Connections of the Control to the SSH port, with what was received on them. */
async function tunnelDials(world: LabWorld): Promise<ReadonlyMap<string, number>> {
  const received = new Map<string, number>()
  for (const { host, kind, direction, connection = '', remote = '', bytes = '' } of (await world.timeline()).events) {
    if (host !== 'vcsc1' || !remote.endsWith(':2222')) continue
    if (kind === 'open') received.set(connection, 0)
    if (kind === 'segment' && direction === 'received') {
      received.set(connection, (received.get(connection) ?? 0) + bytes.length)
    }
  }
  return received
}

Then('the VCS Control dials the SSH port again and hears nothing', async function (this: LabWorld) {
  const before = this.recall<number>('dials before the restart')
  let last: readonly number[] = []
  const isDialled = async () => (last = [...(await tunnelDials(this)).values()].slice(before)).length > 0
  await waitFor('the Control to dial port 2222 again', isDialled, { lastSeen: () => last })
  if (last.some((received) => received > 0)) throw new Mismatch('heard from port 2222', 'nothing', last)
  this.showRecord('vcsc1', `${last.length} new connections to port 2222, nothing received`)
})
