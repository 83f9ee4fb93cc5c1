import type { InstallationSize } from '../calls/installation-size.ts'
import { installationSizes } from '../calls/installation-size.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { optionKeys } from '../configuration/pages/maintenance.ts'
import type { Installation } from './installation.ts'

export interface Capacity {
  /** Unified CM remote sessions and traversal calls together. */
  readonly traversal: number
  readonly nonTraversal: number
  readonly registrations: number
}

/** What a VCS carries at a time: by its size, which the ports of a Large VM tell too, with the installation's own numbers on top. */
export function capacityOf({ capacity, mediaPorts }: Installation): Capacity {
  const size: InstallationSize = capacity.size ?? (mediaPorts === 'Large VM' ? 'Large VM' : 'standard')
  const usual = installationSizes[size]
  return {
    traversal: capacity.calls ?? usual.traversal,
    nonTraversal: capacity.nonTraversalCalls ?? usual.nonTraversal,
    registrations: capacity.registrations ?? usual.registrations,
  }
}

/** The licences of Maintenance > Option keys. */
export function installedLicences(configuration: Configuration): { traversal: number; nonTraversal: number } {
  const { traversalCalls, nonTraversalCalls } = configuration.values(optionKeys)
  return { traversal: traversalCalls, nonTraversal: nonTraversalCalls }
}
