import { defineParameterType, Given, Then, When } from '@cucumber/cucumber'
import type { StaticNatCounters } from '#lab/fabric/static-nat.ts'
import type { TimelineMessage } from '#lab/evidence/timeline.ts'
import { obstacleTo } from '#lab/surroundings.ts'
import { readTopology } from '#lab/topology/topology.ts'
import { waitFor } from '#runtime/wait.ts'
import { allSeen, briefly, Mismatch } from '../support/matchers.ts'
import { formChange, Page, planPages, rowsChange } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const [control, expressway] = ['vcsc1', 'vcse1'] as const

defineParameterType({ name: 'link', regexp: /traversal zone|SSH tunnel|XCP link/, transformer: (name: string) => name })

Given('a VCS Expressway with a single NIC and static NAT', function (this: LabWorld) {
  this.topology = 'static-nat'
})

Given('static NAT mode is {onOff} on the VCS Expressway', function (this: LabWorld, isOn: boolean) {
  planPages(this, expressway, formChange('System > IP', { 'LAN 1 IPv4 static NAT mode': isOn ? 'On' : 'Off' }))
})

Given("the peer address of the VCS Control is the Expressway's private address", function (this: LabWorld) {
  this.expectNotReady = true
  this.adapt((plan) => {
    if (plan.specification.name !== control) return plan
    const { document, ...others } = plan.configuration as { document: Parameters<ReturnType<typeof rowsChange>>[0] }
    const peer = privateBeside(plan.specification.addresses[0]!)
    return {
      ...plan,
      configuration: { ...others, document: rowsChange(Page.zones, { 'Peer 1 address': peer })(document) },
    }
  })
})

Given('the internal DNS has the private address of the VCS Expressway', function (this: LabWorld) {
  this.adapt((plan) => {
    if (plan.role !== 'internal-dns') return plan
    const document = plan.configuration as { readonly records: readonly { name: string; address?: string }[] }
    const address = privateBeside(plan.specification.addresses[0]!)
    const records = document.records.map((record) =>
      record.name.startsWith(`${expressway}.`) ? { ...record, address } : record,
    )
    return { ...plan, configuration: { ...document, records } }
  })
})

/** The Expressway's private address, in the lab of this address inside. */
function privateBeside(inside: string): string {
  return inside.replace(/^(127\.\d+)\..*/, '$1.2.10')
}

Given(
  'the firewall passes everything between the inside and the DMZ, without NAT reflection',
  function (this: LabWorld) {
    this.surroundings = {
      surround: async ({ staticNat }) => {
        await staticNat.change({ profile: 'no-reflection', isOpenInside: true })
        return staticNat
      },
    }
  },
)

/** What the lab says to whoever wants to deploy it so; it comes up all the same, to show why. */
Given('a firewall without NAT reflection, which the lab reports as not deployable', function (this: LabWorld) {
  const says = obstacleTo(readTopology(this.topology), 'no-reflection')
  if (says === undefined) throw new Mismatch('the deployment', 'reported as not deployable', 'deployable')
  this.showRecord('firewall', says)
  this.surroundings = { firewall: 'no-reflection' }
  this.expectNotReady = true
})

When('the firewall reflects nothing any more', async function (this: LabWorld) {
  await (await this.lab()).staticNat.change({ profile: 'no-reflection', isOpenInside: false })
})

When('the firewall has NAT reflection', async function (this: LabWorld) {
  const lab = await this.lab()
  await lab.staticNat.change({ profile: 'reflection', isOpenInside: false })
  // Its counters begin anew.
  this.memory.delete('reflected')
  await lab.host(control).management.call('retry')
  await lab.ready()
})

Then(
  'the VCS Control has connected to port {int} of the public address',
  async function (this: LabWorld, port: number) {
    const { publicAddress } = (await this.lab()).staticNat.place
    const wanted = `${publicAddress}:${port}`
    const { events } = await this.timeline()
    const remotes = events.flatMap(({ kind, host, remote, direction }) =>
      kind === 'open' && host === control && direction === 'sent' ? [remote] : [],
    )
    if (!remotes.includes(wanted)) throw new Mismatch('what the VCS Control connects to', wanted, remotes)
    this.showRecord(control, `connected to ${wanted}`)
  },
)

/** It counts the first packet of each connection or stream. */
Then('the reflection rule of the firewall counts more', async function (this: LabWorld) {
  const before = (this.memory.get('reflected') as number | undefined) ?? 0
  const { reflected } = await countersOf(this)
  if (reflected <= before) throw new Mismatch('connections reflected', `over ${before}`, reflected)
  this.memory.set('reflected', reflected)
  this.showRecord('firewall', `${reflected} connections and streams of the inside reflected`)
})

Then('the firewall has turned away what was sent to the private address', async function (this: LabWorld) {
  await countsSome(this, 'refused', 'packets to the private address turned away')
})

Then('the firewall has lost what the inside sent to the public address', async function (this: LabWorld) {
  await countsSome(this, 'untranslated', 'packets to the public address lost')
})

async function countsSome(world: LabWorld, name: keyof StaticNatCounters, what: string): Promise<void> {
  let last: StaticNatCounters | undefined
  const counters = await waitFor(what, async () => ((last = await countersOf(world))[name] > 0 ? last : undefined), {
    limitMs: 12_000,
    lastSeen: () => last,
  })
  world.showRecord('firewall', `${counters[name]} ${what}`)
}

async function countersOf(world: LabWorld): Promise<StaticNatCounters> {
  return (await world.lab()).staticNat.counters()
}

Then(
  'everything that the VCS Expressway has sent for the call names its {word} address only',
  async function (this: LabWorld, which: 'public' | 'private') {
    const { publicAddress, privateAddress } = (await this.lab()).staticNat.place
    const [named, hidden] = which === 'public' ? [publicAddress, privateAddress] : [privateAddress, publicAddress]
    const calls = await allSeen(this, ({ from, protocol, summary }) => {
      return from === expressway && protocol === 'SIP' && /INVITE|ACK/.test(summary)
    })
    for (const [what, lines] of linesByKind(calls)) {
      if (!lines.some((line) => line.includes(named))) throw new Mismatch(what, named, lines)
      this.showRecord(expressway, `${what}: ${lines.find((line) => line.includes(named))!}`)
    }
    const wrong = calls.find(({ bytes }) => bytes.includes(hidden))
    if (wrong !== undefined) throw new Mismatch(briefly(wrong), `no ${hidden}`, wrong.bytes.toString())
  },
)

/** Lines that an Expressway writes itself. */
function linesByKind(messages: readonly TimelineMessage[]): [what: string, lines: string[]][] {
  const lines = messages.flatMap(({ bytes }) => bytes.toString('latin1').split('\r\n'))
  return (
    [
      ['Via', /^via:/i],
      ['Record-Route', /^record-route:/i],
      ['SDP c=', /^c=/],
    ] as const
  ).map(([what, pattern]) => [what, lines.filter((line) => pattern.test(line))])
}

interface LinkState {
  readonly state: string
  readonly reason?: string
}

interface ControlLinks {
  readonly zones: readonly (LinkState & { readonly type: string })[]
  readonly tunnels: readonly LinkState[]
  readonly xcp: { readonly edges: readonly LinkState[] }
}

/** What the Control opens towards the Expressway, and says of it. */
const links: Readonly<Record<string, (state: ControlLinks) => LinkState | undefined>> = {
  'traversal zone': ({ zones }) => zones.find(({ type }) => type === 'Traversal client'),
  'SSH tunnel': ({ tunnels }) => tunnels[0],
  'XCP link': ({ xcp }) => xcp.edges[0],
}

/** Nobody has refused it: there was no answer at all in the ten seconds that a connection may take. */
Then('the {link} of the VCS Control has timed out', async function (this: LabWorld, link: string) {
  const { management } = await this.host(control)
  let last: LinkState | undefined
  const isSo = async () => {
    last = links[link]!(await management.call<ControlLinks>('state'))
    return last?.state === 'Failed' && /timed out|no answer within/.test(last.reason ?? '') && last
  }
  const { reason } = await waitFor(`the ${link} to time out`, isSo, {
    limitMs: 35_000,
    everyMs: 20,
    lastSeen: () => last,
  })
  this.showRecord(control, `${link} Failed: ${reason}`)
})
