import { Given, When } from '@cucumber/cucumber'
import type { LabWorld } from '../support/world.ts'

function planIm(world: LabWorld, change: object): void {
  world.adapt((plan) =>
    plan.role === 'imp' ? { ...plan, configuration: { ...(plan.configuration as object), ...change } } : plan,
  )
}

Given('the software of IM&P is {string}', function (this: LabWorld, release: string) {
  planIm(this, { release })
})

Given('the CA certificates are missing on IM&P of release {string}', function (this: LabWorld, release: string) {
  planIm(this, { release, caCertificatesMissing: true })
})

When('the CA certificates are installed on IM&P', async function (this: LabWorld) {
  await (await this.host('imp1')).management.call('set', { caCertificatesMissing: false })
})
