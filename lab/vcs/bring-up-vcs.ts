import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '#runtime/wait.ts'
import type { HostPlan, RoleFiller, RunningHost } from '../roles/role.ts'
import { Administrator } from './administrator.ts'
import type { AdministratorOptions } from './administrator.ts'
import type { Snapshots } from './snapshots.ts'
import type { VcsDocument, VcsPlan } from './vcs-document.ts'

export interface VcsBringUp {
  readonly plan: HostPlan
  readonly programs: RoleFiller
  readonly administrator: Omit<AdministratorOptions, 'address'>
  readonly snapshots: Snapshots | undefined
  /** Of a peer of a cluster: what its configuration master is told, which is replicated to all. */
  readonly replicated: VcsDocument | undefined
  /** Its certificates differ from what the API would take today: they are there from the beginning. */
  readonly isRestored: boolean
  /** Nobody configures it yet. */
  readonly isEmpty: boolean
}

export interface BroughtUpVcs {
  readonly host: RunningHost
  /** Of a new peer of a cluster: keeps its snapshot, to be called when it has what its master has. */
  readonly keepSnapshot?: () => Promise<void>
}

/**
 * Starts a VCS and configures it through its API in the guide's order: names, time and mode, certificates, a restart,
 * everything else. What was configured before in this run is taken from its snapshot, which is kept here except for peers
 * of a cluster.
 */
export async function bringUpVcs(options: VcsBringUp): Promise<BroughtUpVcs> {
  const { plan, programs, snapshots, isRestored, isEmpty } = options
  const { installation, document } = plan.configuration as VcsPlan
  const { identity, trust, ...place } = plan.specification
  const certificates = isRestored ? { certificates: { identity, trust } } : {}
  const bare: HostPlan = {
    ...plan,
    specification: { ...place, trust: [] },
    configuration: { ...installation, ...certificates },
  }
  const path = join(place.data, 'configuration.db')
  const configured = [plan.role, document, identity, trust, isRestored, options.replicated]
  // One that has run before knows its configuration.
  if (isEmpty || existsSync(path)) return { host: await programs.start(bare) }
  const snapshot = snapshots?.find(configured)
  if (snapshot !== undefined) {
    mkdirSync(place.data, { recursive: true, mode: 0o700 })
    writeFileSync(path, snapshot, { mode: 0o600 })
    return { host: await programs.start(bare) }
  }
  const host = await programs.start(bare)
  try {
    await configure(host, options, document)
    const keepSnapshot = async () => {
      await host.management.call('checkpoint')
      snapshots?.keep(configured, readFileSync(path))
    }
    if (options.replicated !== undefined) return { host, keepSnapshot }
    await keepSnapshot()
    return { host }
  } catch (error) {
    await host.stop()
    throw error
  }
}

/** Pages that come before the restart which takes the certificates and the LAN interfaces into use. */
const firstPages = [
  'System > DNS',
  'System > Time',
  'System > System administration',
  'Maintenance > Option keys',
  'System > IP',
  'Configuration > Unified Communications > Configuration',
]

async function configure(host: RunningHost, options: VcsBringUp, document: VcsDocument): Promise<void> {
  const { identity, trust } = options.plan.specification
  const address = adminAddress(options.plan)
  await using administrator = new Administrator({ ...options.administrator, address })
  const first = Object.fromEntries(Object.entries(document).filter(([path]) => firstPages.includes(path)))
  await administrator.apply({}, first)
  const takesCertificates = !options.isRestored && identity !== undefined
  if (takesCertificates) await administrator.loadCertificates({ identity, trust })
  if (takesCertificates || 'System > IP' in first) await restartVcs(host, administrator)
  await administrator.apply(first, document)
}

/** Restarts through the API and waits until it has. */
export async function restartVcs(host: RunningHost, administrator: Administrator): Promise<void> {
  const bootsOf = async () => (await host.management.call<{ boots: number }>('state')).boots
  const before = await bootsOf()
  await administrator.restart()
  await waitFor(`${host.name} to restart`, async () => (await bootsOf()) > before, { limitMs: 20_000 })
}

/** Where a VCS is administered: with two LAN interfaces the internal one. */
export function adminAddress({ configuration, specification }: HostPlan): string {
  const { lan } = (configuration as VcsPlan).installation as { lan?: { internal: string } }
  return lan?.internal ?? specification.addresses[0]!
}
