/**
 * "Supported clients when using mobile and remote access" of the guide as data. Entered independently of the product:
 * the edge never reads this file.
 */

/** The guide's products. */
export type ClientProduct = 'Jabber for Windows' | 'Jabber for iOS' | 'Jabber for Android' | 'TC'

export interface SupportedClient {
  /** Of the register (`register.yaml`). */
  readonly id: string
  readonly product: ClientProduct
  /** The oldest release that is supported. */
  readonly from: string
}

export const supportedClients: readonly SupportedClient[] = [
  { id: 'PRE-06', product: 'Jabber for Windows', from: '9.7' },
  { id: 'PRE-07', product: 'Jabber for iOS', from: '9.6.1' },
  { id: 'PRE-08', product: 'Jabber for Android', from: '9.6' },
  { id: 'PRE-09', product: 'TC', from: '7.0.1' },
]

/** True where the guide supports this release of the product; parts that are left out count as 0. */
export function isSupported(product: ClientProduct, release: string): boolean {
  const { from } = supportedClients.find((client) => client.product === product)!
  return compareReleases(release, from) >= 0
}

function compareReleases(one: string, other: string): number {
  const [left, right] = [one, other].map((release) => release.split('.').map(Number)) as [number[], number[]]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
