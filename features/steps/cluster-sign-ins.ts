import { Then, When } from '@cucumber/cucumber'
import { isOf, peersOf } from '../support/clusters.ts'
import { Mismatch } from '../support/matchers.ts'
import { viewOn } from '../support/page-views.ts'
import { addressOf } from '../support/places.ts'
import { statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

/** Jabber's policy file through the edge, again and again: requests are spread over the Controls. */
When(
  '{user} opens the policy file {int} times by her cookie alone',
  async function (this: LabWorld, user: string, times: number) {
    const { domain } = (await this.lab()).topology
    const path = Buffer.from(`${domain}/http/cucm1.${domain}/6970`).toString('base64')
    const request = { host: `vcse1.${domain}`, target: `/${path}/jabber-config.xml`, headers: {} }
    const statuses: number[] = []
    for (let turn = 0; turn < times; turn++) {
      statuses.push((await (await this.user(user)).call<{ status: number }>('fetchTarget', request)).status)
    }
    this.memory.set('answers', statuses)
  },
)

Then(
  /^(\d+) of the answers are (\d{3}), the others (\d{3})$/,
  async function (this: LabWorld, count: string, status: string, rest: string) {
    this.expectRefusal((message) => statusOf(message) === Number(status))
    const statuses = this.recall<number[]>('answers')
    const found = statuses.filter((each) => each === Number(status)).length
    const others = statuses.filter((each) => each === Number(rest)).length
    if (found !== Number(count) || found + others !== statuses.length)
      throw new Mismatch('the answers', `${count} of ${statuses.length} are ${status}, the others ${rest}`, statuses)
    this.showRecord('client', `answered ${statuses.join(', ')}`)
  },
)

Then('every answer is {int}', function (this: LabWorld, status: number) {
  const statuses = this.recall<number[]>('answers')
  if (statuses.some((each) => each !== status)) throw new Mismatch('the answers', status, statuses)
  this.showRecord('client', `answered ${statuses.join(', ')}`)
})

Then('every VCS Control has asked Unified CM for the policy file', async function (this: LabWorld) {
  const { messages } = await this.timeline()
  for (const { name } of await peersOf(this, 'VCS Control')) {
    const asked = messages.find(
      ({ from, to, summary }) => from === name && to === 'cucm1' && summary.startsWith('GET /jabber-config.xml'),
    )
    if (asked === undefined) throw new Mismatch(`GET /jabber-config.xml by ${name}`, 'one', 'none')
    this.showMessage(asked)
  }
})

/** Counted at the nodes of Unified CM, whichever Control it was that asked. */
Then(
  'the VCS Controls have submitted credentials to Unified CM {int} time(s) in all',
  async function (this: LabWorld, times: number) {
    interface Access {
      readonly service: string
      readonly source: string
      readonly authentication?: string
    }
    const lab = await this.lab()
    const isControl = (name: string) => lab.topology.hosts[name]!.role === 'control'
    const controls = Object.keys(lab.topology.hosts).filter(isControl)
    const isChecked = ({ service, source, authentication }: Access) =>
      service === 'uds' &&
      authentication !== undefined &&
      controls.some((control) => source.startsWith(`${addressOf(lab, control)}:`))
    const found: Access[] = []
    for (const { management } of lab.hosts().filter(({ role }) => role === 'cucm')) {
      found.push(...(await management.call<Access[]>('accessLog')).filter(isChecked))
    }
    if (found.length !== times) throw new Mismatch('credentials submitted to Unified CM', times, found)
    this.showRecord('cucm1', `${times} password checks for ${controls.join(' and ')}`)
  },
)

Then(
  'every VCS Control lists the provisioning session of {user} at the {host}',
  async function (this: LabWorld, user: string, host: string) {
    for (const { name } of await peersOf(this, 'VCS Control')) {
      const page = 'Status > Unified Communications > View provisioning sessions'
      const rows = (await viewOn(this, name, page, 'sessions')).filter(({ username }) => username === user)
      if (rows.length !== 1 || !isOf({ name: host }, rows[0])) throw new Mismatch(`sessions on ${name}`, host, rows)
      this.showRecord(name, `${user}: ${String(rows[0]!['device'])}, ${String(rows[0]!['peer'])}`)
    }
  },
)
