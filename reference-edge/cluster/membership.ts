import type { HostEnvironment } from '#runtime/host.ts'
import type { Cluster, ClusterPeer, PeerAnswer } from './cluster.ts'
import { clusterKey } from './cluster-key.ts'
import type { ClusterSettings } from './cluster-settings.ts'
import type { Hello } from './hello.ts'
import { IncomingLinks } from './incoming-links.ts'
import { OutgoingLink } from './outgoing-link.ts'
import type { PeerHandler } from './subscriptions.ts'
import { Subscriptions } from './subscriptions.ts'

export interface MembershipOptions {
  readonly environment: HostEnvironment
  readonly product: string
  readonly release: string
  /** Its own name, as it runs now. */
  readonly fqdn: () => string
  /** What is configured now; asked at the beginning and at each `update`. */
  readonly settings: () => ClusterSettings | undefined
  /** Something about a peer or about itself has changed. */
  readonly onChange: () => void
}

/** Why a peer is not worked with as it should be, for alarms. */
export interface ClusterProblem {
  readonly kind: 'configuration' | 'communication'
  readonly says: string
}

const askLimitMs = 1_000
/** Said to peers when applications have started. */
const anew = 'anew'

/** A VCS as a member of the cluster it is configured for, or of none. */
export class Membership implements Cluster {
  readonly #options: MembershipOptions
  readonly #subscriptions = new Subscriptions()
  #settings: ClusterSettings | undefined
  #links: readonly OutgoingLink[] = []
  #incoming: IncomingLinks | undefined
  /** Peers that do not know yet that the applications have started again. */
  readonly #unannounced = new Set<string>()
  #hasStarted = false
  #hasStopped = false
  #turn: Promise<void> = Promise.resolve()

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#subscriptions.answer(anew, (_given, from) => {
      if (from.state === 'Active') this.#subscriptions.tellActive(from)
    })
    this.#settings = options.settings()
  }

  /** Joins the cluster that is configured, and from now on follows what is. */
  start(): void {
    this.#hasStarted = true
    this.#rejoin()
  }

  get name(): string {
    return this.#settings?.name ?? ''
  }

  get isMaster(): boolean {
    return this.#settings === undefined || this.#settings.master === this.#settings.own
  }

  get settings(): ClusterSettings | undefined {
    return this.#settings
  }

  others(): readonly ClusterPeer[] {
    return this.#links.map((link) => link.peer())
  }

  async ask(subject: string, given: unknown): Promise<readonly PeerAnswer[]> {
    const active = this.#links.filter(({ isActive }) => isActive)
    return Promise.all(
      active.map((link) =>
        link.ask(subject, given, askLimitMs).then(
          (answer): PeerAnswer => ({ peer: link.peer(), ok: true, answer }),
          (error: Error): PeerAnswer => ({ peer: link.peer(), ok: false, reason: error.message }),
        ),
      ),
    )
  }

  /** Asks one peer; rejects where it does not answer, or refuses. */
  askPeer(address: string, subject: string, given: unknown, limitMs: number): Promise<unknown> {
    const link = this.#links.find((each) => each.address === address)
    return link?.ask(subject, given, limitMs) ?? Promise.reject(new Error('is no peer any more'))
  }

  answer(subject: string, handler: PeerHandler): () => void {
    return this.#subscriptions.answer(subject, handler)
  }

  onActive(listener: (peer: ClusterPeer) => void): () => void {
    return this.#subscriptions.onActive(listener, () => this.others().filter(({ state }) => state === 'Active'))
  }

  /** Applications of this VCS have started again: peers tell them what they have to know. */
  applicationsStarted(): void {
    for (const link of this.#links) {
      if (link.isActive) void this.#announce(link)
      else this.#unannounced.add(link.address)
    }
  }

  problems(): readonly ClusterProblem[] {
    const listening = this.#incoming?.problem
    return [
      ...(listening === undefined ? [] : [{ kind: 'communication', says: listening } as const]),
      ...this.#links.flatMap(({ address, problem, inconsistency }): ClusterProblem[] => {
        if (problem !== undefined) return [{ kind: problem.kind, says: `${address} ${problem.reason}` }]
        return inconsistency === undefined ? [] : [{ kind: 'configuration', says: `${address} ${inconsistency}` }]
      }),
    ]
  }

  /** Tries to reach every peer now. */
  retry(): void {
    for (const link of this.#links) link.retry()
  }

  /** Leaves the cluster of before and joins the one that is configured now, where they differ. */
  update(): void {
    const settings = this.#options.settings()
    if (this.#hasStopped || JSON.stringify(settings) === JSON.stringify(this.#settings)) return
    this.#settings = settings
    if (this.#hasStarted) this.#rejoin()
  }

  /** Resolves when the last `update` is in force; peers need not be reached by then. */
  settled(): Promise<void> {
    return this.#turn
  }

  stop(): Promise<void> {
    this.#hasStopped = true
    return this.#next(() => this.#leave())
  }

  #rejoin(): void {
    const settings = this.#settings
    this.#next(async () => {
      await this.#leave()
      if (!this.#hasStopped && this.#settings === settings && settings !== undefined) await this.#join(settings)
      this.#options.onChange()
    })
  }

  async #join(settings: ClusterSettings): Promise<void> {
    const others = settings.peers.filter((address) => address !== settings.own)
    if (others.length === 0) return
    const { environment, onChange } = this.#options
    const key = await clusterKey(settings.preSharedKey)
    const hello = () => this.#hello(settings)
    this.#incoming = new IncomingLinks({
      environment,
      key,
      hello,
      // Who has come has certainly something to be reached at.
      onHello: ({ address }) => this.#links.find((link) => link.address === address)?.retry(),
      onRequest: (subject, given, theirs) => this.#subscriptions.ask(subject, given, this.#peerOf(theirs)),
    })
    this.#links = others.map((address) => {
      const onActive = () => this.#becameActive(link)
      const link: OutgoingLink = new OutgoingLink({ environment, key, address, hello, onActive, onChange })
      return link
    })
  }

  #becameActive(link: OutgoingLink): void {
    if (this.#unannounced.delete(link.address)) void this.#announce(link)
    this.#subscriptions.tellActive(link.peer())
  }

  /** A peer that does not hear it is lost just now, and told when it is back. */
  #announce(link: OutgoingLink): Promise<unknown> {
    return link.ask(anew, null, askLimitMs).catch(() => this.#unannounced.add(link.address))
  }

  async #leave(): Promise<void> {
    const [links, incoming] = [this.#links, this.#incoming]
    this.#links = []
    this.#incoming = undefined
    this.#unannounced.clear()
    await Promise.all([...links.map((link) => link.stop()), incoming?.stop()])
  }

  #peerOf({ address, fqdn }: Hello): ClusterPeer {
    const link = this.#links.find((each) => each.address === address)
    if (link === undefined) throw new Error('the cluster was left')
    return { ...link.peer(), fqdn }
  }

  #hello({ name, own, peers, master }: ClusterSettings): Hello {
    const { product, release, fqdn } = this.#options
    return { cluster: name, product, release, address: own, fqdn: fqdn(), master, peers: [...peers] }
  }

  #next(action: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(action).catch((error: Error) => {
      this.#options.environment.log.error('Cluster failed', { Detail: error.message })
    })
    return this.#turn
  }
}
