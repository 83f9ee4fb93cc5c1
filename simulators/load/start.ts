import type { Host, HostEnvironment } from '#runtime/host.ts'
import { service } from '#runtime/service.ts'
import { Chats } from './chats.ts'
import { readLoadConfiguration } from './configuration.ts'
import { Crowd } from './crowd.ts'
import { loadManagement } from './management.ts'
import { Measures } from './measures.ts'

/** Load comes from a lab's own addresses and goes to a lab: nothing else is ever in reach of this program. */
export class NotOurs extends Error {
  readonly code = 'MRA_NOT_OURS'
}

/** Starts many clients in one process; they do nothing until they are told to. */
export async function startLoad(
  environment: HostEnvironment,
  configuration: unknown,
  signal: AbortSignal,
): Promise<Host> {
  const { network, clocks } = environment
  const foreign = network.addresses.find((address) => !address.startsWith('127.'))
  if (foreign !== undefined) throw new NotOurs(`${foreign} is not an address of a lab`)
  const read = readLoadConfiguration(configuration)
  const measures = new Measures(clocks.monotonic)
  const crowd = new Crowd(environment, read, measures)
  const chats = new Chats(crowd, measures, read.domain)
  const stopping = new AbortController()
  signal.addEventListener('abort', () => stopping.abort(), { once: true })
  const host = service(environment.name, async () => {
    stopping.abort()
    chats.stop()
    await crowd.stop()
  })
  return { ...host, management: loadManagement({ crowd, chats, clocks, signal: stopping.signal }) }
}
