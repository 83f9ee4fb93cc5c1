import { Given, Then, When } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { certify } from '../support/certificates.ts'
import type { LabWorld } from '../support/world.ts'

interface NeighborZone {
  readonly name: string
  readonly state: string
  readonly reason?: string
  readonly port?: number
  readonly tlsVerifyMode?: string
}

interface ControlState {
  readonly zones: readonly NeighborZone[]
  readonly discovery: readonly { readonly kind: string; readonly problems: readonly { readonly message: string }[] }[]
}

/** Waits until the Control's zone is as wanted. */
async function zoneBecomes(world: LabWorld, name: string, fits: (zone: NeighborZone) => boolean): Promise<void> {
  const control = await world.host('vcsc1')
  let last: NeighborZone | undefined
  await waitFor(
    `the zone ${name}`,
    async () => {
      const { zones } = await control.management.call<ControlState>('state')
      last = zones.find((zone) => zone.name === name)
      return last !== undefined && fits(last)
    },
    { limitMs: 8_000, lastSeen: () => last },
  )
  const { state, port, tlsVerifyMode, reason } = last!
  world.showRecord(
    'vcsc1',
    `zone ${name} ${state}, port ${port}, TLS verify mode ${tlsVerifyMode ?? '-'} ${reason ?? ''}`,
  )
}

async function setUnifiedCm(world: LabWorld, path: string, value: unknown): Promise<void> {
  await (await world.host('cucm1')).management.call('set', { path, value })
}

When('the Cluster Security Mode of Unified CM becomes {int}', async function (this: LabWorld, mode: number) {
  await setUnifiedCm(this, 'enterpriseParameters.clusterSecurityMode', mode)
})

When('the SIP Phone Port of Unified CM becomes {int}', async function (this: LabWorld, port: number) {
  await setUnifiedCm(this, 'servers.0.sipPhonePort', port)
})

When('CallManager-trust of Unified CM is emptied', async function (this: LabWorld) {
  await setUnifiedCm(this, 'trustedCertificates', [])
})

Given('the certificate of the Unified CM lacks its bare host name', function (this: LabWorld) {
  certify(this, 'cucm1', (request) => ({ ...request, names: request.names.filter((name) => name.includes('.')) }))
})

Given('the software of Unified CM is {string}', function (this: LabWorld, version: string) {
  this.adapt((plan) =>
    plan.role === 'cucm' ? { ...plan, configuration: { ...(plan.configuration as object), version } } : plan,
  )
})

Then('the zone {string} is active on port {int}', async function (this: LabWorld, name: string, port: number) {
  await zoneBecomes(this, name, (zone) => zone.state === 'Active' && zone.port === port)
})

Then('the zone {string} has failed: {string}', async function (this: LabWorld, name: string, reason: string) {
  await zoneBecomes(this, name, (zone) => zone.state === 'Failed' && zone.reason?.includes(reason) === true)
})

Then('the zone {string} has TLS verify mode {word}', async function (this: LabWorld, name: string, mode: string) {
  await zoneBecomes(this, name, (zone) => zone.tlsVerifyMode === mode)
})

Then('the zone {string} is gone', async function (this: LabWorld, name: string) {
  const control = await this.host('vcsc1')
  let last: string[] = []
  await waitFor(
    `the zone ${name} to go`,
    async () => {
      last = (await control.management.call<ControlState>('state')).zones.map((zone) => zone.name)
      return !last.includes(name)
    },
    { limitMs: 8_000, lastSeen: () => last },
  )
  this.showRecord('vcsc1', `zones: ${last.join(', ')}`)
})

Then('the Unified CM server shows the problem {string}', async function (this: LabWorld, text: string) {
  const control = await this.host('vcsc1')
  let last: string[] = []
  await waitFor(
    `the problem ${text}`,
    async () => {
      const { discovery } = await control.management.call<ControlState>('state')
      last = discovery.flatMap(({ kind, problems }) =>
        kind === 'unified-cm' ? problems.map(({ message }) => message) : [],
      )
      return last.some((message) => message.includes(text))
    },
    { limitMs: 8_000, lastSeen: () => last },
  )
  this.showRecord('vcsc1', `Unified CM servers: ${last.join('; ')}`)
})
