import type { HostSpecification } from '#runtime/host.ts'
import type { ManagementClient } from '#runtime/management.ts'
import type { TraceEvent } from '#runtime/trace.ts'
import type { EndpointProcesses } from './roles/endpoints.ts'
import { TraceFile } from './roles/trace-file.ts'
import type { ClientUser } from './topology/topology.ts'
import { join } from 'node:path'

export interface SignInStage {
  readonly name: string
  readonly outcome: 'ok' | 'failed' | 'skipped'
  readonly milliseconds: number
  readonly detail?: string
}

export interface SignInResult {
  readonly state: string
  readonly stages: readonly SignInStage[]
  readonly error?: { readonly token: string; readonly status?: number; readonly says: string }
}

/** What a client measured of one call; frequencies in Hz, undefined where nothing was sent or heard. */
export interface AudioReport {
  readonly sentHz?: number
  readonly heardHz?: number
  readonly packetsSent: number
  readonly packetsReceived: number
  readonly lost: number
  readonly authFailures: number
  readonly suite?: string
  /** What made and heard the audio, and why not what was asked for. */
  readonly engine?: string
  readonly engineProblem?: string
}

/** A user's client, reached by name. Every method is one request to its process. */
export class Endpoint {
  readonly user: ClientUser
  readonly password: string
  #specification: HostSpecification
  readonly #processes: EndpointProcesses
  readonly #trace: TraceFile
  readonly #options: Record<string, unknown>
  #isOpen = false

  constructor(options: {
    user: ClientUser
    password: string
    specification: HostSpecification
    processes: EndpointProcesses
    /** Passed to the client when it is opened, for example its sabotage; `settings` go into its configuration. */
    options?: Record<string, unknown>
  }) {
    this.user = options.user
    this.password = options.password
    this.#specification = options.specification
    this.#processes = options.processes
    this.#options = options.options ?? {}
    this.#trace = new TraceFile(join(options.specification.data, `${options.specification.name}.trace.jsonl`))
  }

  get specification(): HostSpecification {
    return this.#specification
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Calls a method of the client for this user; opens the client first where it is not open yet. */
  async call<T = unknown>(method: string, parameters: Record<string, unknown> = {}): Promise<T> {
    await this.open()
    const management = await this.#management()
    return management.call<T>(method, { user: this.user.id, ...parameters })
  }

  /** Makes the client known to its process. */
  async open(): Promise<void> {
    if (this.#isOpen) return
    this.#isOpen = true
    const { id, name, line, device } = this.user
    const { domain } = this.specification.dns
    const { settings, ...rest } = this.#options
    const management = await this.#management()
    await management.call('open', {
      specification: this.specification,
      user: { id, displayName: name, password: this.password, domain, line, device, ...(settings as object) },
      ...rest,
    })
  }

  signIn(parameters: { password?: string; stages?: string[] } = {}): Promise<SignInResult> {
    return this.call('signIn', parameters)
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    const management = await this.#management()
    await management.call('close', { user: this.user.id })
  }

  /** Closes the client and has it stand differently when it is next used: other trusted CAs, other DNS servers. */
  async reopen(change: (specification: HostSpecification) => HostSpecification): Promise<void> {
    await this.close()
    this.#specification = change(this.#specification)
  }

  async takeTrace(): Promise<TraceEvent[]> {
    if (this.#isOpen) await (await this.#management()).call('flush', { user: this.user.id })
    return this.#trace.take()
  }

  #management(): Promise<ManagementClient> {
    return this.#processes.of(this.user.client)
  }
}
