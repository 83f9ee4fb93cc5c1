import type { HostSpecification } from '#runtime/host.ts'
import type { ManagementClient } from '#runtime/management.ts'
import type { TraceEvent } from '#runtime/trace.ts'
import type { HostRole } from '../topology/topology.ts'

/** One host of a deployment before it runs: its role, its place, its product configuration. */
export interface HostPlan {
  readonly role: HostRole
  readonly specification: HostSpecification
  readonly configuration: unknown
}

/** A host that fills its role, wherever its program runs. */
export interface RunningHost extends AsyncDisposable {
  readonly name: string
  readonly role: HostRole
  readonly pid: number
  readonly management: ManagementClient
  /** What it wrote into the trace since the last call. */
  takeTrace(): Promise<TraceEvent[]>
  /** Ends the program at once (placement `process` only; `unsupported` otherwise). */
  kill(signal: NodeJS.Signals): Promise<void>
  /** True until the program has ended. */
  isRunning(): boolean
  stop(): Promise<void>
}

/** Somebody able to fill roles: our program inline, our program as a process, or an outside implementation. */
export interface RoleFiller {
  start(plan: HostPlan): Promise<RunningHost>
}

/** What a filler cannot show is neither pass nor fail. */
export class Unsupported extends Error {
  readonly code = 'MRA_UNSUPPORTED'
}
