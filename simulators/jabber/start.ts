import { readConfiguration } from '#runtime/configuration.ts'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import { service } from '#runtime/service.ts'
import { jabberUser } from './configuration.ts'
import { Jabber } from './jabber.ts'
import { jabberManagement } from './management.ts'

/** Starts one Jabber in its host environment; it does nothing until it is told to sign in. */
export async function startJabber(environment: HostEnvironment, configuration: unknown): Promise<Host> {
  const user = readConfiguration('jabber', jabberUser, configuration)
  const jabber = new Jabber(environment, user)
  return { ...service(environment.name, () => jabber.stop()), management: jabberManagement(jabber) }
}
