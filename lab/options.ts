import type { HostSpecification } from '#runtime/host.ts'
import type { TraceLevel } from '#runtime/trace.ts'
import type { FirewallProfile, StaticNat } from './fabric/static-nat.ts'
import type { LeftBehind } from './left-behind/left-behind.ts'
import type { EndpointProcesses } from './roles/endpoints.ts'
import type { HostPlan } from './roles/role.ts'
import type { ApiCall } from './vcs/administrator.ts'
import type { Snapshots } from './vcs/snapshots.ts'

export type Placement = 'inline' | 'process'

export interface LabOptions {
  readonly topology?: string
  readonly placement?: Placement
  readonly seed: string | number
  readonly traceLevel?: TraceLevel
  /** The warm client processes this lab's users live in. */
  readonly endpoints: EndpointProcesses
  /** Where the authority keeps keys and certificates between labs. */
  readonly pkiFolder: string
  /** VCSs configured before in this run; each is configured anew otherwise. */
  readonly snapshots?: Snapshots
  /** VCSs are started and not configured. */
  readonly emptyVcs?: boolean
  /** Told of each call of a VCS's API, by host. */
  readonly onApiCall?: (host: string, call: ApiCall) => void
  /** Called with each host's plan before it starts: a scenario's deviations from the healthy deployment. */
  readonly adapt?: (plan: HostPlan) => HostPlan
  /** Called with each client's place before it is opened. */
  readonly adaptClient?: (user: string, specification: HostSpecification) => HostSpecification
  /** Given to `open` of a client, by user: its sabotage, and `settings` that differ from the topology's. */
  readonly clientOptions?: Readonly<Record<string, Record<string, unknown>>>
  /** Looks that nothing is left once the lab has stopped; `stop` rejects with what is. */
  readonly leftBehind?: LeftBehind
  /** Do not wait until the Control reports everything ready: for deployments that are broken from the start. */
  readonly expectNotReady?: boolean
  /** The firewall outside an Expressway with static NAT; default with NAT reflection. */
  readonly firewall?: FirewallProfile
  /** Puts up what stands between the hosts before the first of them starts; taken down behind the last. */
  readonly surround?: (lab: { readonly staticNat: StaticNat }) => Promise<AsyncDisposable>
}
