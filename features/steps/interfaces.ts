import { Given, Then, When } from '@cucumber/cucumber'
import { openVisitor } from '#lab/operator/visitor.ts'
import { waitFor } from '#runtime/wait.ts'
import { withDualInterfaces } from '#lab/plan/lan-interfaces.ts'
import type { VcsPlan } from '#lab/vcs/vcs-document.ts'
import type { LabWorld } from '../support/world.ts'

/** The Expressway's own address is that of its internal interface; the external one stands on the internet. */
function externalOf(internal: string): string {
  return internal.replace(/^(127\.\d+)\.\d+\./, '$1.1.')
}

Given('the VCS Expressway has an internal and an external interface', function (this: LabWorld) {
  this.adapt((plan) => {
    if (plan.role !== 'expressway') return plan
    const { specification } = plan
    const { installation, document } = plan.configuration as VcsPlan
    const internal = specification.addresses[0]!
    const external = externalOf(internal)
    return {
      ...plan,
      specification: { ...specification, addresses: [internal, external] },
      configuration: {
        document: withDualInterfaces(document),
        installation: { ...installation, lan: { internal, external } },
      },
    }
  })
  this.adapt((plan) => {
    if (plan.role !== 'public-dns') return plan
    const document = plan.configuration as { readonly records: readonly { type: string; address?: string }[] }
    const records = document.records.map((record) =>
      record.address === undefined ? record : { ...record, address: externalOf(record.address) },
    )
    return { ...plan, configuration: { ...document, records } }
  })
})

async function interfacesOf(world: LabWorld): Promise<{ internal: string; external: string }> {
  const internal = (await world.lab()).plan('vcse1').specification.addresses[0]!
  return { internal, external: externalOf(internal) }
}

When(
  'a stranger on the internet connects to port {int} of the external interface',
  async function (this: LabWorld, port: number) {
    const { external } = await interfacesOf(this)
    await using visitor = await openVisitor(await this.lab(), 'internet')
    this.memory.set('reaction', await visitor.say({ address: external, port }, ''))
  },
)

Then(
  '{place} has connected to port {int} of the {word} interface',
  async function (this: LabWorld, from: string, port: number, side: 'internal' | 'external') {
    const wanted = `${(await interfacesOf(this))[side]}:${port}`
    let last: unknown
    await waitFor(
      `${from} to connect to ${wanted}`,
      async () => {
        const { events } = await this.timeline()
        const remotes = events.filter((event) => event.kind === 'open' && event.host === from)
        last = remotes.map(({ remote }) => remote)
        return remotes.some(({ remote, local }) => remote === wanted && local !== wanted)
      },
      { limitMs: 1_000, lastSeen: () => last },
    )
    this.showRecord('vcse1', `TCP from ${from} to ${wanted}, the ${side} interface`)
  },
)

Given('the traversal zone of the VCS Control goes to the external interface', function (this: LabWorld) {
  this.expectNotReady = true
  this.adapt((plan) => {
    if (plan.role !== 'internal-dns') return plan
    const document = plan.configuration as { readonly records: readonly { name: string; address?: string }[] }
    const records = document.records.map((record) =>
      record.name.startsWith('vcse1.') && record.address !== undefined
        ? { ...record, address: externalOf(record.address) }
        : record,
    )
    return { ...plan, configuration: { ...document, records } }
  })
})

Then('the XCP link of the VCS Control is refused', async function (this: LabWorld) {
  const { management } = await this.host('vcsc1')
  let last: unknown
  const isRefused = async () => {
    const { xcp } = await management.call<{ xcp: { edges: { state: string; reason?: string }[] } }>('state')
    last = xcp.edges
    return xcp.edges.find(({ state, reason }) => state === 'Failed' && /refused/i.test(reason ?? ''))
  }
  const { reason } = await waitFor('the XCP link to be refused', isRefused, { lastSeen: () => last })
  this.showRecord('vcsc1', `XCP link Failed: ${reason}`)
})
