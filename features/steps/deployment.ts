import { Given, When } from '@cucumber/cucumber'
import type { LabWorld } from '../support/world.ts'

Given('a single Control, Expressway, Unified CM and IM&P', async function (this: LabWorld) {
  // The topology every scenario has unless it says otherwise; started by the first step that needs it.
})

Given('the deployment runs', async function (this: LabWorld) {
  await this.lab()
})

interface DnsDocument {
  readonly zones: readonly string[]
  readonly records: readonly { readonly name: string; readonly type: string }[]
}

Given('the {host} has no record {string}', function (this: LabWorld, host: string, name: string) {
  this.adapt((plan) => {
    if (plan.specification.name !== host) return plan
    const document = plan.configuration as DnsDocument
    return {
      ...plan,
      configuration: { ...document, records: document.records.filter((record) => record.name !== name) },
    }
  })
})

Given(
  'the {host} also has the SRV record {string} to port {int} of {string}',
  function (this: LabWorld, host: string, name: string, port: number, target: string) {
    this.adapt((plan) => {
      if (plan.specification.name !== host) return plan
      const document = plan.configuration as DnsDocument
      const record = { name, type: 'SRV', priority: 10, weight: 10, port, target }
      return { ...plan, configuration: { ...document, records: [...document.records, record] } }
    })
  },
)

When('the clocks advance by {int} minutes', async function (this: LabWorld, minutes: number) {
  await (await this.lab()).advance(minutes * 60_000)
})

When('the clocks advance by {int} seconds', async function (this: LabWorld, seconds: number) {
  await (await this.lab()).advance(seconds * 1_000)
})
