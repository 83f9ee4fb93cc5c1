import { Given, Then } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import { deviceFqdn } from '#lab/plan/sip-devices.ts'
import { readTopology } from '#lab/topology/topology.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

interface UnifiedCmDocument {
  readonly fqdn: string
  readonly sipTrunkSecurityProfiles: readonly { readonly name: string; readonly incomingPort: number }[]
  readonly sipTrunks: readonly object[]
}

/** Beside the trunk to the VCS Control; the other side calls at the profile's Incoming Port. */
Given(
  'Unified CM has another SIP trunk, to {user}, with the profile {string} and its Incoming Port {int}',
  function (this: LabWorld, user: string, profile: string, port: number) {
    const device = readTopology(this.topology).devices.find(({ id }) => id === user)
    if (device === undefined) throw new Error(`${user} is no device of ${this.topology}`)
    const trunk = { name: 'Other', destinationAddress: deviceFqdn(device), sipTrunkSecurityProfile: profile }
    this.adapt((plan) => {
      if (plan.specification.name !== 'cucm1') return plan
      const document = plan.configuration as UnifiedCmDocument
      const others = document.sipTrunkSecurityProfiles.filter(({ name }) => name !== profile)
      return {
        ...plan,
        configuration: {
          ...document,
          sipTrunkSecurityProfiles: [...others, { name: profile, incomingPort: port }],
          sipTrunks: [...document.sipTrunks, { ...trunk, earlyOfferSupport: true }],
        },
      }
    })
    this.setClient(user, { peer: { host: 'cucm1.example.com', transport: 'TCP', port } })
  },
)

/** As the caller has it: no connection, hence no answer of any kind. */
Then('the call finds nobody listening', async function (this: LabWorld) {
  const { caller, callId } = this.recall<{ caller: Endpoint; callId: string }>('call')
  const limitMs = 3_000
  const ended = await caller.call<{ status?: number; endedBy?: string }>('waitCall', {
    callId,
    state: 'ended',
    limitMs,
  })
  if (ended.status !== undefined) throw new Mismatch(`the call of ${caller.user.id}`, 'no answer', ended.status)
  this.showRecord(caller.user.id, `call ended without any answer: ${ended.endedBy ?? ''}`)
})
