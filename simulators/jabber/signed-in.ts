import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import type { EdgeServers } from '#simulators/protocol/endpoint/edge-servers.ts'
import type { ServiceAccess } from '#simulators/protocol/endpoint/service-access.ts'
import type { UdsDevice, UdsUser, UserDataServices } from '#simulators/protocol/endpoint/user-data-services.ts'
import type { ImLogin } from './client-profile-agent.ts'
import type { ConfigurationFiles } from './configuration-files.ts'
import type { EdgeSignInResult } from '#simulators/protocol/endpoint/edge-sign-in.ts'
import type { Discovered } from './service-discovery.ts'
import type { CloudLogin } from './webex-cloud.ts'

/** What a sign-in has learnt so far; a stage that needs something missing is skipped. */
export interface SignedIn {
  readonly password: string
  /** Basic credentials for all HTTP services. */
  readonly authorization: string
  /** Empty inside. */
  readonly edgeServers: EdgeServers
  /** IM and presence come from the WebEx cloud. */
  isCloudCustomer?: boolean
  discovered?: Discovered
  edge?: EdgeSignInResult
  access?: ServiceAccess
  udsCandidates?: readonly ServerAddress[]
  uds?: UserDataServices
  /** Nodes of the home cluster, the one asked first. */
  udsNodes?: readonly string[]
  user?: UdsUser
  deviceName?: string
  devices?: readonly UdsDevice[]
  files?: ConfigurationFiles
  imLogin?: ImLogin
  /** Node whose Client Profile Agent let the user in. */
  imNode?: string
  cloudLogin?: CloudLogin
}

/**
 * Hosts of the Client Profile Agent in the order to try: the user's own node, those of the service profile, and
 * only where neither names one, those of the `_cuplogin` record.
 */
export function imServersOf({ user, files, edge }: SignedIn): string[] {
  const known = [user?.imServer ?? [], files?.imServers ?? []].flat()
  const discovered = edge?.configuration.services['_cuplogin']?.servers.map(({ host }) => host) ?? []
  return [...new Set(known.length > 0 ? known : discovered)]
}
