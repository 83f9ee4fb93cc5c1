import type { HostEnvironment } from '#runtime/host.ts'
import type { Management } from '#runtime/management.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import type { Actions, ActionAnswer, Views } from '../administration/administered-system.ts'
import type { NamingFacts } from '../certificates/proposed-names.ts'
import type { ChangeRecord } from '../configuration/change-store.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ConfigurationError } from '../configuration/configuration-errors.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { Problem } from '../configuration/problem.ts'
import type { ConnectivityStage } from '../network-utilities/connectivity-stage.ts'
import type { ReportFailure } from '../protection/failure-category.ts'
import type { Installation } from './installation.ts'
import type { ResourceUsage } from './resource-usage.ts'

/** What the system gives the applications of a VCS (everything but its administration) at their start. */
export interface ApplicationFacts {
  /** Named, with DNS servers, trust and certificate as configured. */
  readonly environment: HostEnvironment
  readonly installation: Installation
  readonly configuration: Configuration
  readonly alarms: AlarmPanel
  /** The other VCSs of its cluster. */
  readonly cluster: Cluster
  /** What is missing or invalid, for Status > Unified Communications. */
  readonly configurationErrors: () => readonly ConfigurationError[]
  /** A failure that automated detection may count. */
  readonly onFailure: ReportFailure
  /** Unified Communications services run: from now on changes of names, DNS and domains wait for a restart. */
  readonly onServing: () => void
}

/** The running applications of a VCS. */
export interface Applications extends AsyncDisposable {
  /** The status document: JSON values only. */
  status(): Readonly<Record<string, unknown>>
  usage(): ResourceUsage
  readonly views: Views
  readonly actions: Actions
  /** Called behind each stored change that is in force. */
  readonly configurationChanged: (records: readonly ChangeRecord[]) => void
  /** More to say about a row that was just created. */
  readonly created?: (resource: string, key: string) => Promise<ActionAnswer | undefined>
  /** Why a row that they have made themselves cannot be edited or deleted. */
  readonly generatedRow?: (resource: string, key: string) => Problem | undefined
  /** Alternative names that a certificate of this VCS needs besides its own. */
  readonly certificateNames: () => NamingFacts['system']
  /** Maintenance > Tools > Network utilities > Connectivity test. */
  readonly testConnectivity: () => Promise<readonly ConnectivityStage[]>
  /** What the lab may ask besides the status. */
  readonly management: Management
}

export type StartApplications = (facts: ApplicationFacts) => Promise<Applications>
