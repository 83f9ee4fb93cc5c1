import type { IWorldOptions } from '@cucumber/cucumber'
import { World, setWorldConstructor } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import { Lab } from '#lab/lab.ts'
import type { LabOptions, Placement } from '#lab/options.ts'
import type { LeftBehind } from '#lab/left-behind/left-behind.ts'
import type { Snapshots } from '#lab/vcs/snapshots.ts'
import type { EndpointProcesses } from '#lab/roles/endpoints.ts'
import type { RunningHost } from '#lab/roles/role.ts'
import type { Timeline, TimelineMessage } from '#lab/evidence/timeline.ts'
import { timelineOf } from '#lab/evidence/timeline.ts'
import type { ScenarioStep } from '#lab/evidence/scenario-step.ts'
import type { HostPlan } from '#lab/roles/role.ts'
import type { HostSpecification } from '#runtime/host.ts'

/** What the runner tells every scenario. */
export interface ScenarioParameters {
  readonly seed: string
  readonly placement: Placement
  readonly pkiFolder: string
  /** Folder of the run; a scenario's evidence goes to `evidence/<number>-<title>` in it. */
  readonly outFolder: string
}

/** A message or a host's record that shows what a scenario claims. */
export interface ShownRecord {
  readonly message?: number
  readonly frame?: number
  readonly host: string
  readonly shows: string
}

/** One scenario's deployment, what it has shown so far, and the refusals its steps asked about. */
export class LabWorld extends World<ScenarioParameters> {
  /** Set by a hook: the warm client processes of the run. */
  endpointProcesses!: EndpointProcesses
  /** Set by a hook: VCSs that were configured before in this run. */
  snapshots!: Snapshots
  /** Set by a hook: looks that each lab leaves nothing behind; undefined where there is nothing to look with. */
  leftBehind: LeftBehind | undefined
  readonly shown: ShownRecord[] = []
  /** Steps that ran or run, for the evidence. */
  readonly steps: (ScenarioStep & { readonly id: string })[] = []
  readonly #expectedRefusals: ((message: TimelineMessage) => boolean)[] = []
  readonly #adaptations: ((plan: HostPlan) => HostPlan)[] = []
  readonly #clientAdaptations: ((user: string, specification: HostSpecification) => HostSpecification)[] = []
  readonly clientOptions: Record<string, Record<string, unknown>> = {}
  /** Results a When leaves for its Thens, by name. */
  readonly memory = new Map<string, unknown>()
  expectNotReady = false
  /** Both VCSs as they come out of the box. */
  emptyVcs = false
  /** Name in `lab/topology`; the single network elements where no step says otherwise. */
  topology = 'single'
  /** What stands between the hosts, where the topology leaves that open. */
  surroundings: Pick<LabOptions, 'firewall' | 'surround'> = {}
  /** The guide's deployment environment, where the scenario goes through the whole client script in it. */
  environment: string | undefined
  placement: Placement
  #lab: Promise<Lab> | undefined

  constructor(options: IWorldOptions<ScenarioParameters>) {
    super(options)
    this.placement = options.parameters.placement
  }

  /** Changes a host's plan before the deployment starts; too late once it runs. */
  adapt(change: (plan: HostPlan) => HostPlan): void {
    if (this.#lab !== undefined) throw new Error('the deployment already runs: say this before anything uses it')
    this.#adaptations.push(change)
  }

  /** Changes where a user's client stands (trusted CAs, DNS servers) before the deployment starts. */
  adaptClient(user: string, change: (specification: HostSpecification) => HostSpecification): void {
    if (this.#lab !== undefined) throw new Error('the deployment already runs: say this before anything uses it')
    this.#clientAdaptations.push((id, specification) => (id === user ? change(specification) : specification))
  }

  /** Settings of a user's client that differ from the topology's. */
  setClient(user: string, settings: Record<string, unknown>): void {
    if (this.#lab !== undefined) throw new Error('the deployment already runs: say this before anything uses it')
    const options = (this.clientOptions[user] ??= {})
    options['settings'] = { ...(options['settings'] as object), ...settings }
  }

  /** The deployment; started when first used. */
  lab(): Promise<Lab> {
    this.#lab ??= Lab.start(this.#labOptions())
    return this.#lab
  }

  get labIfStarted(): Promise<Lab> | undefined {
    return this.#lab
  }

  async host(name: string): Promise<RunningHost> {
    return (await this.lab()).host(name)
  }

  async user(name: string): Promise<Endpoint> {
    return (await this.lab()).endpoint(name.toLowerCase())
  }

  async timeline(): Promise<Timeline> {
    return timelineOf(await (await this.lab()).events())
  }

  /** Keeps a message of the timeline as evidence of this scenario. */
  showMessage(message: TimelineMessage): void {
    const shows = `${message.protocol} ${message.summary}, ${message.from} → ${message.to}`
    this.shown.push({ message: message.number, host: message.to, shows })
  }

  /** Keeps something a host reported as evidence. */
  showRecord(host: string, shows: string): void {
    this.shown.push({ host, shows })
  }

  /** Marks refusals as asked about; what no step asked about fails the scenario. */
  expectRefusal(isExpected: (message: TimelineMessage) => boolean): void {
    this.#expectedRefusals.push(isExpected)
  }

  isExpectedRefusal(message: TimelineMessage): boolean {
    return this.#expectedRefusals.some((isExpected) => isExpected(message))
  }

  /** What an earlier step of this scenario left under `name`. */
  recall<T>(name: string): T {
    if (!this.memory.has(name)) throw new Error(`no earlier step of this scenario gave "${name}"`)
    return this.memory.get(name) as T
  }

  #labOptions(): LabOptions {
    return {
      topology: this.topology,
      placement: this.placement,
      seed: this.parameters.seed,
      endpoints: this.endpointProcesses,
      snapshots: this.snapshots,
      pkiFolder: this.parameters.pkiFolder,
      ...(this.leftBehind === undefined ? {} : { leftBehind: this.leftBehind }),
      adapt: (plan) => this.#adaptations.reduce((changed, change) => change(changed), plan),
      adaptClient: (user, specification) =>
        this.#clientAdaptations.reduce((changed, change) => change(user, changed), specification),
      clientOptions: this.clientOptions,
      expectNotReady: this.expectNotReady,
      emptyVcs: this.emptyVcs,
      ...this.surroundings,
    }
  }
}

setWorldConstructor(LabWorld)
