import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
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
  /** IM and presence come from the WebEx cloud. */
  isCloudCustomer?: boolean
  discovered?: Discovered
  edge?: EdgeSignInResult
  access?: ServiceAccess
  udsCandidates?: readonly ServerAddress[]
  uds?: UserDataServices
  user?: UdsUser
  deviceName?: string
  devices?: readonly UdsDevice[]
  files?: ConfigurationFiles
  imLogin?: ImLogin
  cloudLogin?: CloudLogin
}

/** Host of the Client Profile Agent: the user's record, the service profile, then the `_cuplogin` record. */
export function imServerOf({ user, files, edge }: SignedIn): string | undefined {
  return user?.imServer ?? files?.imServer ?? edge?.configuration.services['_cuplogin']?.servers[0]?.host
}
