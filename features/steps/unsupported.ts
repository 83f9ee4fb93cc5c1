import { Given, Then, When } from '@cucumber/cucumber'
import { answerAt, greeting } from '#lab/operator/answering-services.ts'
import type { Visitor } from '#lab/operator/visitor.ts'
import { openVisitor } from '#lab/operator/visitor.ts'
import { openTcp } from '#lab/self-test/raw-client.ts'
import type { Place } from '#lab/topology/topology.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { viewOn } from '../support/page-views.ts'
import { addressOf } from '../support/places.ts'
import { administer, Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

/** SNMP; SSH, HTTP and HTTPS. */
const management = { udp: [161], tcp: [22, 80, 443] }

/** GetRequest for sysDescr.0, SNMPv2c, community public (RFC 3416 §4.2.1). */
const snmpQuery = Buffer.from('302602010104067075626c6963a019020101020100020100300e300c06082b060102010101000500', 'hex')

interface Attempts {
  /** What the endpoint's own services saw. */
  readonly reachedBy: readonly string[]
  /** Port and outcome, in the order of the attempts. */
  readonly outcomes: readonly string[]
}

/** The endpoint answers at its own address all the while, so that whatever gets there shows. */
async function manage(world: LabWorld, user: string, from: Place, at: readonly string[]): Promise<Attempts> {
  const lab = await world.lab()
  await using services = await answerAt(lab, addressOf(lab, user), management)
  await using visitor = await openVisitor(lab, from)
  const outcomes: string[] = []
  for (const name of at) outcomes.push(...(await tryAll(visitor, name, addressOf(lab, name))))
  return { reachedBy: [...services.reachedBy], outcomes }
}

async function tryAll(visitor: Visitor, name: string, address: string): Promise<string[]> {
  const outcomes: string[] = []
  for (const port of management.udp) {
    const answer = await visitor.ask({ address, port }, snmpQuery)
    outcomes.push(`${name} UDP ${port}: ${answer?.toString() ?? 'silent'}`)
  }
  for (const port of management.tcp) {
    const { outcome, says } = await visitor.say({ address, port }, 'GET / HTTP/1.0\r\n\r\n')
    outcomes.push(`${name} TCP ${port}: ${outcome === 'answered' ? says : outcome}`)
  }
  return outcomes
}

When(
  'an administrator inside tries SNMP, SSH and HTTP on both VCSs for the endpoint of {user}',
  async function (this: LabWorld, user: string) {
    this.memory.set('attempts', await manage(this, user, 'inside', ['vcsc1', 'vcse1']))
  },
)

When(
  'somebody on the internet tries SNMP, SSH and HTTP on the endpoint of {user} itself',
  async function (this: LabWorld, user: string) {
    this.memory.set('attempts', await manage(this, user, 'internet', [user]))
  },
)

Then('nothing of that reaches the endpoint of {user}', function (this: LabWorld, user: string) {
  const { reachedBy, outcomes } = this.recall<Attempts>('attempts')
  const answered = outcomes.filter((outcome) => outcome.endsWith(greeting))
  if (reachedBy.length > 0 || answered.length > 0)
    throw new Mismatch(`what reaches ${user}`, 'nothing', { reachedBy, answered })
  this.showRecord(user, `nobody came to UDP 161, TCP 22, 80 or 443; ${outcomes.join('; ')}`)
})

Then('the endpoint of {user} answers to each', function (this: LabWorld, user: string) {
  const { reachedBy, outcomes } = this.recall<Attempts>('attempts')
  const ports = management.udp.length + management.tcp.length
  const answered = outcomes.filter((outcome) => outcome.endsWith(greeting))
  if (reachedBy.length !== ports || answered.length !== ports)
    throw new Mismatch(`answers of ${user}`, `${ports} of ${ports}`, { reachedBy, outcomes })
  this.showRecord(user, reachedBy.join('; '))
})

Then(
  'the {host} counts {int} of {int} proxied registration(s) and has resources for {int} calls',
  async function (this: LabWorld, host: string, current: number, most: number, calls: number) {
    const wanted = `${current} of ${most}; ${calls}`
    let last: string | undefined
    const isIt = async () => {
      const rows = await viewOn(this, host, 'Status > System > Resource usage', 'usage')
      const of = (name: string) => rows.find((row) => row['name'] === name)
      const registrations = of('Proxied registrations to Unified CM')
      last = `${registrations?.['current']} of ${registrations?.['limit']}; ${of('Traversal call resources')?.['limit']}`
      return last === wanted
    }
    await waitFor(`what ${host} has room for`, isIt, { limitMs: 3_000, lastSeen: () => ({ last, wanted }) })
    this.showRecord(host, `${current} of ${most} registrations, ${calls} calls`)
  },
)

When(
  'the administrator switches calls on for the domain {string} besides',
  async function (this: LabWorld, name: string) {
    const row = { 'Domain name': name, 'SIP registrations and provisioning on Unified CM': 'On' }
    await administer(this, 'vcsc1', (document) => withRows(document, Page.domains, (rows) => [...rows, row]))
  },
)

interface DnsDocument {
  readonly records: readonly object[]
}

Given(
  'the {host} also has the IPv6 address {string} for {string}',
  function (this: LabWorld, host: string, address: string, name: string) {
    this.adapt((plan) => {
      if (plan.specification.name !== host) return plan
      const document = plan.configuration as DnsDocument
      const records = [...document.records, { name, type: 'AAAA', address }]
      return { ...plan, configuration: { ...document, records } }
    })
  },
)

/** All hosts of the lab stand on this machine: an IPv6 listener of any of them would answer here. */
When('a stranger connects to port {int} over IPv6', async function (this: LabWorld, port: number) {
  await this.lab()
  const reaction = await openTcp({ host: '::1', port, from: '::1' }).then(
    (connection) => {
      connection.destroy()
      return { outcome: 'silent', says: '' }
    },
    (error: Error & { code?: string }) => ({ outcome: 'no connection', says: error.code ?? error.message }),
  )
  this.memory.set('reaction', reaction)
})
