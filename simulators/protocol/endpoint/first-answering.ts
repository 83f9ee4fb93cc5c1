import type { ServerAddress } from './edge-configuration.ts'
import { unreachable } from './edge-sign-in.ts'
import { isOutage } from './register-where-served.ts'
import { StageFailed, stageFailed } from './sign-in-stages.ts'

/**
 * Asks equal servers one after the other. A refusal is final; one that does not answer, also behind the edge, is left for
 * the next, and what the first one did counts where none does. Without servers: NO_HOME_UDS_FOUND.
 */
export async function firstAnswering<T>(
  servers: readonly ServerAddress[],
  ask: (server: ServerAddress) => Promise<T>,
): Promise<T> {
  let failure: StageFailed | undefined
  for (const server of servers) {
    try {
      return await ask(server)
    } catch (thrown) {
      if (thrown instanceof StageFailed && !isOutage(thrown.problem.status ?? refused)) throw thrown
      failure ??=
        thrown instanceof StageFailed
          ? thrown
          : stageFailed('FAILED_UCM90_CONNECTION', unreachable(thrown, server).problem.says)
    }
  }
  throw failure ?? stageFailed('NO_HOME_UDS_FOUND', 'no UDS server is known')
}

/** A problem without a status is one of the client's own: another server changes nothing. */
const refused = 400
