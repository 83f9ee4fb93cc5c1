import { join } from 'node:path'
import type { Host } from '#runtime/host.ts'
import type { Management } from '#runtime/management.ts'
import { service } from '#runtime/service.ts'
import { ChangeStore } from '../configuration/change-store.ts'
import { VcsLog } from '../logging/vcs-log.ts'
import { parseInstallation } from './installation.ts'
import type { SystemOptions } from './running-system.ts'
import { System } from './running-system.ts'

/** Starts a VCS as a host: its stored configuration, what runs by it, and its administration. It can restart in place. */
export async function startSystem(options: SystemOptions): Promise<Host> {
  const { environment, document, signal } = options
  const installation = parseInstallation(document)
  const store = ChangeStore.open(join(environment.data, 'configuration.db'), environment.name)
  const log = new VcsLog({ wall: environment.clocks.wall })
  const facts = { ...options, installation, store, log, restart: () => void restart().catch(() => undefined) }
  let system = await System.boot(facts)
  let turn = Promise.resolve()
  let boots = 1
  const restart = () =>
    // One that failed does not hold up the next.
    (turn = turn
      .catch(() => undefined)
      .then(async () => {
        if (signal.aborted) return
        await system.stop()
        system = await System.boot(facts).catch((error: Error) => {
          environment.log.error('System restart failed', { Detail: error.message })
          throw error
        })
        boots++
      }))
  const management: Management = {
    state: async () => ({ ...system.status(), boots }),
    restart,
    /** Resolves when what was changed last is in force. */
    settled: async () => system.settled(),
    /** What is stored stands in one file from now on, to be copied. */
    checkpoint: async () => store.checkpoint(),
    ...Object.fromEntries(
      ['reset', 'retry'].map((name) => [name, async (given: never) => system.management[name]?.(given)]),
    ),
  }
  const stop = async () => {
    await turn.catch(() => undefined)
    await system.stop()
    store[Symbol.dispose]()
  }
  return { ...service(environment.name, stop), management }
}
