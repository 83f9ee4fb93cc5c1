import type { ManagementClient } from '#runtime/management.ts'
import { waitFor } from '#runtime/wait.ts'
import type { Lab } from '../lab.ts'

interface NeighborZoneReport {
  readonly name: string
  readonly state: string
  readonly reason?: string
}

/**
 * Puts Unified CM into mixed mode with a secure profile for one user's device, and has the Control discover it. Rejects
 * where the zone over TLS does not become active. Disposing of it puts things back.
 */
export async function enterMixedMode(lab: Lab, user: string, refresh: () => Promise<void>): Promise<AsyncDisposable> {
  const [unifiedCm, control] = ['cucm', 'control'].map((role) => managementOf(lab, role)) as [
    ManagementClient,
    ManagementClient,
  ]
  const device = lab.topology.users.findIndex(({ id }) => id === user)
  const change = async (mode: 0 | 1, profile: string | undefined) => {
    await unifiedCm.call('set', { path: 'enterpriseParameters.clusterSecurityMode', value: mode })
    await unifiedCm.call('set', { path: `devices.${device}.securityProfile`, value: profile })
    await refresh()
  }
  const leave = () => change(0, undefined)
  try {
    await change(1, `jabber.secure.${lab.topology.domain}`)
    await waitForZone(control)
  } catch (error) {
    await leave()
    throw error
  }
  return { [Symbol.asyncDispose]: leave }
}

async function waitForZone(control: ManagementClient): Promise<void> {
  let last: NeighborZoneReport | undefined
  const isActive = async () => {
    const { zones } = await control.call<{ zones: NeighborZoneReport[] }>('state')
    last = zones.find(({ name }) => name.startsWith('CEtls-'))
    return last?.state === 'Active'
  }
  await waitFor('a zone to Unified CM over TLS', isActive, { lastSeen: () => last })
}

function managementOf(lab: Lab, role: string): ManagementClient {
  const [name] = Object.keys(lab.topology.hosts).filter((each) => lab.topology.hosts[each]!.role === role)
  return lab.host(name!).management
}
