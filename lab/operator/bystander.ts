import { join } from 'node:path'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import { startHost } from '#runtime/host.ts'
import { silentTraceSink } from '#runtime/trace.ts'
import type { Lab } from '../lab.ts'

/** A machine that belongs to nothing in the deployment; `folder` is its own below the lab's data. */
export interface Bystander {
  readonly environment: HostEnvironment
  readonly host: Host
}

/** Stands at an address of the lab, without DNS and untraced, until its host is stopped. */
export async function standAt(
  lab: Lab,
  { name, address, folder }: { readonly name: string; readonly address: string; readonly folder: string },
): Promise<Bystander> {
  const { promise: opened, resolve } = Promise.withResolvers<HostEnvironment>()
  const host = await startHost(
    async (environment) => {
      resolve(environment)
      return { name, management: {}, stop: async () => {}, [Symbol.asyncDispose]: async () => {} }
    },
    {
      name,
      fqdn: `${name}.invalid`,
      addresses: [address],
      dns: { servers: [], domain: 'invalid' },
      trust: [lab.authority.certificate],
      data: join(lab.data, folder),
      traceLevel: 'off',
      seed: lab.seed,
    },
    {},
    AbortSignal.timeout(60_000),
    { trace: silentTraceSink, log: () => {} },
  )
  return { environment: await opened, host }
}
