import { Given, Then, When } from '@cucumber/cucumber'
import { openVisitor } from '#lab/operator/visitor.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

interface Domain {
  readonly name: string
  readonly sipOnVcs: boolean
  readonly sipOnUnifiedCm: boolean
  readonly imAndPresence: boolean
}

interface VcsDocument {
  readonly domains?: readonly Domain[]
  readonly unifiedCommunications: Readonly<Record<string, unknown>>
}

/** The switches of the domain page, by their labels. */
const domainServices: Readonly<Record<string, keyof Domain>> = {
  'SIP registrations and provisioning on VCS': 'sipOnVcs',
  'SIP registrations and provisioning on Unified CM': 'sipOnUnifiedCm',
  'IM and Presence services on Unified CM': 'imAndPresence',
}

function changeDomain(document: VcsDocument, changes: Record<string, unknown>): VcsDocument {
  return { ...document, domains: document.domains!.map((domain) => ({ ...domain, ...changes })) }
}

function planDomain(world: LabWorld, changes: Record<string, unknown>): void {
  world.adapt((plan) =>
    plan.role === 'control'
      ? { ...plan, configuration: changeDomain(plan.configuration as VcsDocument, changes) }
      : plan,
  )
}

Given('Control has the domain {string} instead', function (this: LabWorld, name: string) {
  planDomain(this, { name })
})

Given('the domain service {string} is off', function (this: LabWorld, service: string) {
  planDomain(this, { [domainServices[service]!]: false })
})

When(
  'the administrator sets the domain service {string} to {string}',
  async function (this: LabWorld, service: string, value: string) {
    const changes = { [domainServices[service]!]: value }
    const lab = await this.lab()
    const problem = await lab
      .reconfigure<VcsDocument>('vcsc1', (document) => changeDomain(document, changes))
      .then(
        () => undefined,
        (error: Error) => error.message,
      )
    this.memory.set('change', { problem })
  },
)

function withMode(document: VcsDocument, isOn: boolean): VcsDocument {
  const mode = isOn ? 'mobile-and-remote-access' : 'off'
  return { ...document, unifiedCommunications: { ...document.unifiedCommunications, mode } }
}

Given(
  'the Unified Communications mode of the {host} is {switch}',
  function (this: LabWorld, host: string, isOn: boolean) {
    this.expectNotReady = true
    this.adapt((plan) =>
      plan.specification.name === host
        ? { ...plan, configuration: withMode(plan.configuration as VcsDocument, isOn) }
        : plan,
    )
  },
)

When(
  'the administrator sets the Unified Communications mode of the {host} to {switch}',
  async function (this: LabWorld, host: string, isOn: boolean) {
    const lab = await this.lab()
    await lab.reconfigure<VcsDocument>(host, (document) => withMode(document, isOn))
    await lab.host('vcsc1').management.call('retry')
    await lab.ready()
  },
)

/** Read from the administration page, as somebody in the office would. */
Then(
  'the domain page of Control shows {string} with the services {onOff}, {onOff}, {onOff}',
  async function (this: LabWorld, name: string, sipOnVcs: boolean, sipOnUnifiedCm: boolean, imAndPresence: boolean) {
    const lab = await this.lab()
    await using visitor = await openVisitor(lab, 'inside')
    const login = { username: 'admin', password: lab.secrets.administrators['vcsc1']! }
    const { page } = await visitor.status({ address: addressOf(lab, 'vcsc1'), port: 443 }, login)
    const wanted = [{ name, sipOnVcs, sipOnUnifiedCm, imAndPresence }]
    if (JSON.stringify(page['domains']) !== JSON.stringify(wanted))
      throw new Mismatch('domains of Control', wanted, page['domains'])
    this.showRecord('vcsc1', `domain ${name}: ${JSON.stringify(wanted)}`)
  },
)
