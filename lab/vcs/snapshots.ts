import { createHash } from 'node:crypto'
import type { Random } from '#runtime/random.ts'
import type { LabSecrets } from '../plan/secrets.ts'
import { makeSecrets } from '../plan/secrets.ts'
import type { Topology } from '../topology/topology.ts'

/**
 * Databases of VCSs that were configured once through their API, for labs of the same run that want the same. They are
 * found by all that was configured, passwords included: a lab of the same number has the same secrets within a run.
 */
export class Snapshots {
  readonly #databases = new Map<string, Buffer>()
  readonly #secrets = new Map<string, LabSecrets>()

  secrets(topology: Topology, lab: number, random: Random): LabSecrets {
    const key = `${topology.name}/${lab}`
    const known = this.#secrets.get(key) ?? makeSecrets(topology, random)
    this.#secrets.set(key, known)
    return known
  }

  find(configured: unknown): Buffer | undefined {
    const key = keyOf(configured)
    const found = this.#databases.get(key)
    // The last used stay.
    if (found !== undefined) this.#keep(key, found)
    return found
  }

  keep(configured: unknown, database: Buffer): void {
    this.#keep(keyOf(configured), database)
    const [oldest] = this.#databases.keys()
    if (this.#databases.size > mostDatabases) this.#databases.delete(oldest!)
  }

  #keep(key: string, database: Buffer): void {
    this.#databases.delete(key)
    this.#databases.set(key, database)
  }
}

const mostDatabases = 64

function keyOf(configured: unknown): string {
  return createHash('sha256').update(JSON.stringify(configured)).digest('hex')
}
