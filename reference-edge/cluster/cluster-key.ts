import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { PreSharedKey } from '#runtime/network.ts'

const stretch: (secret: string, salt: string, length: number) => Promise<Buffer> = promisify(scrypt)

/**
 * What peers show each other, of what somebody typed (scrypt with Node's costs). The salt is the same everywhere: peers that
 * share the key and differ in the cluster name shall learn just that.
 */
export async function clusterKey(preSharedKey: string): Promise<PreSharedKey> {
  return { identity: 'vcs-cluster', key: await stretch(preSharedKey, 'VCS cluster pre-shared key', 32) }
}
