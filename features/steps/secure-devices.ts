import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Given, Then } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { certify } from '../support/certificates.ts'
import type { LabWorld } from '../support/world.ts'

interface UnifiedCmPlan {
  readonly devices: readonly { readonly owner: string; readonly [field: string]: unknown }[]
  readonly phoneSecurityProfiles: readonly { readonly name: string; readonly [field: string]: unknown }[]
  readonly [field: string]: unknown
}

function planUnifiedCm(world: LabWorld, change: (plan: UnifiedCmPlan) => object): void {
  world.adapt((plan) =>
    plan.role === 'cucm'
      ? {
          ...plan,
          configuration: { ...(plan.configuration as object), ...change(plan.configuration as UnifiedCmPlan) },
        }
      : plan,
  )
}

Given('the Cluster Security Mode of Unified CM is {int}', function (this: LabWorld, mode: number) {
  planUnifiedCm(this, () => ({ enterpriseParameters: { clusterSecurityMode: mode } }))
})

/** The profile is one of the deployment, or a further one for encrypted TLS like it. */
Given(
  'the device of {user} has the phone security profile {string}',
  function (this: LabWorld, user: string, name: string) {
    planUnifiedCm(this, ({ devices, phoneSecurityProfiles: profiles }) => ({
      phoneSecurityProfiles: profiles.some((profile) => profile.name === name)
        ? profiles
        : [...profiles, { ...profiles[0], name }],
      devices: devices.map((device) => (device.owner === user ? { ...device, securityProfile: name } : device)),
    }))
  },
)

Given(
  'the SIP Phone Port of the phone security profile {string} is {int}',
  function (this: LabWorld, name: string, port: number) {
    planUnifiedCm(this, ({ phoneSecurityProfiles: profiles }) => ({
      phoneSecurityProfiles: profiles.map((each) => (each.name === name ? { ...each, sipPhonePort: port } : each)),
    }))
  },
)

Given('the certificate of the {host} has the name {string} too', function (this: LabWorld, host: string, name: string) {
  certify(this, host, (request) => ({ ...request, names: [...request.names, name] }))
})

Then('the {host} has logged {string}', async function (this: LabWorld, host: string, text: string) {
  const { data } = await this.lab()
  const found = await waitFor(`"${text}" in the log of ${host}`, async () => {
    const lines = (await readFile(join(data, host, `${host}.log`), 'utf8')).split('\n')
    return lines.find((line) => line.includes(text))
  })
  this.showRecord(host, found)
})
