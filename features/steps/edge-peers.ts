import { Given, Then, When } from '@cucumber/cucumber'
import { lookUpAt } from '#lab/dns/look-up.ts'
import { clusterOf } from '#lab/plan/vcs-clusters.ts'
import type { TimelineMessage } from '#lab/evidence/timeline.ts'
import { certify } from '../support/certificates.ts'
import { Mismatch } from '../support/matchers.ts'
import { valuesOn } from '../support/page-views.ts'
import { statusOf } from '../support/refusals.ts'
import { planPages, onlyRows, Page, rowsChange } from '../support/vcs-pages.ts'
import { readTopology } from '#lab/topology/topology.ts'
import type { LabWorld } from '../support/world.ts'

/** One request for the edge configuration: whom it came by, and what the client got. */
interface EdgeAnswer {
  readonly expressway: string
  /** Undefined where no Control was asked. */
  readonly control: string | undefined
  readonly status: number | undefined
  readonly answer: TimelineMessage | undefined
}

/** As a Jabber that starts does it: looks the edge up, then asks for the edge configuration with name and password. */
When('{user} looks for the edge {int} times', async function (this: LabWorld, user: string, times: number) {
  const endpoint = await this.user(user)
  for (let turn = 0; turn < times; turn++) {
    await endpoint.call('signIn', { stages: ['service-discovery', 'edge-config'] })
    await endpoint.call('signOut')
  }
  this.memory.set('edge answers', edgeAnswers((await this.timeline()).messages, user))
})

function edgeAnswers(messages: readonly TimelineMessage[], user: string): EdgeAnswer[] {
  return messages.flatMap((request, index) => {
    if (request.from !== user || !/^GET \S*get_edge_config/.test(request.summary)) return []
    const later = messages.slice(index + 1)
    const end = later.findIndex(({ from, to, protocol }) => from === request.to && to === user && protocol === 'HTTP')
    const meanwhile = end === -1 ? later : later.slice(0, end)
    const passed = meanwhile.find(({ from, to }) => from === request.to && to.startsWith('vcsc'))
    const answer = end === -1 ? undefined : later[end]
    const status = answer === undefined ? undefined : statusOf(answer)
    return [{ expressway: request.to, control: passed?.to, status, answer }]
  })
}

Then('each VCS Expressway has been asked', async function (this: LabWorld) {
  const answers = this.recall<readonly EdgeAnswer[]>('edge answers')
  const { topology } = await this.lab()
  for (const peer of clusterOf(topology, 'vcse1')!.peers) {
    const own = answers.filter(({ expressway }) => expressway === peer)
    if (own.length === 0) throw new Mismatch(`requests at ${peer}`, 'some', `none of ${answers.length}`)
    this.showRecord(peer, `asked ${own.length} times of ${answers.length}`)
  }
})

Then('only the {host} has been asked', function (this: LabWorld, host: string) {
  const answers = this.recall<readonly EdgeAnswer[]>('edge answers')
  const others = answers.filter(({ expressway }) => expressway !== host)
  if (answers.length === 0 || others.length > 0) throw new Mismatch('requests', `all at ${host}`, answers.map(way))
  this.showRecord(host, `asked all ${answers.length} times`)
})

Then(
  'the answers by way of the {host} are {int}, the others {int}',
  function (this: LabWorld, host: string, status: number, other: number) {
    this.expectRefusal((message) => statusOf(message) === status)
    const answers = this.recall<readonly EdgeAnswer[]>('edge answers')
    const isBy = ({ expressway, control }: EdgeAnswer) => expressway === host || control === host
    const wrong = answers.filter((each) => each.status !== (isBy(each) ? status : other))
    const own = answers.filter(isBy)
    if (own.length === 0 || own.length === answers.length || wrong.length > 0)
      throw new Mismatch(`answers by way of ${host}`, `${status}, others ${other}`, answers.map(way))
    for (const { answer } of [own[0]!, answers.find((each) => !isBy(each))!]) this.showMessage(answer!)
  },
)

function way({ expressway, control, status }: EdgeAnswer): string {
  return `${expressway}, ${control ?? 'no Control'}: ${status ?? 'no answer'}`
}

Then('every answer is {int} by whichever peers it came', function (this: LabWorld, status: number) {
  const answers = this.recall<readonly EdgeAnswer[]>('edge answers')
  const ways = new Set(answers.map(({ expressway, control }) => `${expressway}, ${control}`))
  if (ways.size < 2 || answers.some((each) => each.status !== status))
    throw new Mismatch('answers', `all ${status}, by several ways`, answers.map(way))
  for (const { answer } of answers.slice(0, 3)) this.showMessage(answer!)
})

Then(
  'there is one answer for each VCS Expressway, port {int} with priority {int} and weight {int}',
  async function (this: LabWorld, port: number, priority: number, weight: number) {
    const lab = await this.lab()
    const { name } = this.recall<{ name: string }>('SRV answer')
    const found = await lookUpAt(lab, 'pubdns', 'internet').services(name)
    const names = clusterOf(lab.topology, 'vcse1')!.peers.map((peer) => lab.plan(peer).specification.fqdn)
    const wanted = names.map((each) => ({ name: each, port, priority, weight }))
    const sorted = found.toSorted((a, b) => a.name.localeCompare(b.name))
    if (JSON.stringify(sorted) !== JSON.stringify(wanted)) throw new Mismatch(name, wanted, sorted)
    this.showRecord('pubdns', `${name}: ${names.join(', ')}, port ${port}, priority ${priority}, weight ${weight}`)
  },
)

Given('the {host} has no NTP server', function (this: LabWorld, host: string) {
  planPages(this, host, onlyRows('System > Time', []))
})

/** Where no NTP server sets it right. */
When('the clock of the {host} drifts by {int} seconds', async function (this: LabWorld, host: string, seconds: number) {
  await (await this.host(host)).management.call('setClockOffset', { milliseconds: seconds * 1_000 })
})

Then('the {host} has its own name and DNS servers', async function (this: LabWorld, host: string) {
  const values = await valuesOn(this, host, 'System > DNS')
  const { topology } = await this.lab()
  const isOwn = values['System host name'] === host && values['Domain name'] === topology.domain
  if (!isOwn || !values['Address 1'])
    throw new Mismatch(`System > DNS of ${host}`, `${host}.${topology.domain}`, values)
  this.showRecord(host, `${host}.${topology.domain}, DNS server ${values['Address 1']}`)
})

Given('the certificate of the {host} lacks the name of its cluster', function (this: LabWorld, host: string) {
  const { name } = clusterOf(readTopology(this.topology), host)!
  certify(this, host, (request) => ({ ...request, names: request.names.filter((each) => each !== name) }))
})

Given('the traversal zone of the VCS Control lists the first VCS Expressway only', function (this: LabWorld) {
  planPages(this, 'vcsc1', rowsChange(Page.zones, { 'Peer 2 address': '' }))
})
