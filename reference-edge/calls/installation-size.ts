/**
 * What one VCS carries at a time, by its size (guide: call types and licensing, unsupported features and limitations).
 * `traversal`: Unified CM remote sessions and traversal calls together. Registrations are the same on both.
 */
export const installationSizes = {
  standard: { traversal: 150, nonTraversal: 750, registrations: 2_500 },
  'Large VM': { traversal: 500, nonTraversal: 750, registrations: 2_500 },
} as const

export type InstallationSize = keyof typeof installationSizes
