import type { Timer } from '#runtime/clock.ts'
import { DialFailed } from '#runtime/dial.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { PreSharedKey } from '#runtime/network.ts'
import type { ClusterPeer } from './cluster.ts'
import type { Hello, PeerProblem } from './hello.ts'
import { helloProblem, inconsistency, readHello } from './hello.ts'
import { PeerChannel } from './peer-channel.ts'

/**
 * Cluster communication over TLS is 4372 in later releases (port usage guides of X8.8 and on: certain); X8.1 speaks IPsec,
 * whose place TLS with the same pre-shared key takes here (ours).
 */
export const clusterPort = 4372

export interface OutgoingLinkOptions {
  readonly environment: HostEnvironment
  readonly key: PreSharedKey
  /** IP address of the peer. */
  readonly address: string
  /** How this VCS introduces itself now. */
  readonly hello: () => Hello
  /** The peer has become active. */
  readonly onActive: () => void
  /** Its state, name or consistency has changed. */
  readonly onChange: () => void
}

const shortestPauseMs = 200
const longestPauseMs = 2_000
const helloEveryMs = 1_000
/** Without an answer for so long the peer counts as gone. */
const silenceMs = 4_000

const enterTheSame = 'Enter the same Configuration master and peers, at the same numbers, on every peer'

const notReached: PeerProblem = { kind: 'communication', reason: 'has not been reached yet', action: '' }

/** The connection of this VCS to one of its peers, kept up; this VCS asks over it, the peer asks over its own. */
export class OutgoingLink {
  readonly address: string
  readonly #options: OutgoingLinkOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  #channel: PeerChannel | undefined
  #theirs: Hello | undefined
  #problem: PeerProblem | undefined = notReached
  #beat: Timer | undefined
  #pauseMs = shortestPauseMs
  #wake: () => void = () => undefined

  constructor(options: OutgoingLinkOptions) {
    this.#options = options
    this.address = options.address
    this.#running = this.#run()
  }

  get isActive(): boolean {
    return this.#problem === undefined
  }

  /** What is wrong; before the first attempt has ended, nothing is known to be. */
  get problem(): PeerProblem | undefined {
    return this.#problem === notReached ? undefined : this.#problem
  }

  /** What this peer and this VCS are configured differently in. */
  get inconsistency(): string | undefined {
    return this.isActive && this.#theirs !== undefined ? inconsistency(this.#options.hello(), this.#theirs) : undefined
  }

  peer(): ClusterPeer {
    const known = {
      address: this.address,
      ...(this.#theirs === undefined ? {} : { fqdn: this.#theirs.fqdn }),
      isMaster: this.#options.hello().master === this.address,
    }
    const { inconsistency: differs } = this
    if (differs !== undefined) return { ...known, state: 'Active', reason: differs, action: enterTheSame }
    if (this.#problem === undefined) return { ...known, state: 'Active' }
    const { reason, action } = this.#problem
    return { ...known, state: 'Failed', reason, ...(action === '' ? {} : { action }) }
  }

  /** Rejects where there is no connection, no answer in time, or the peer refuses. */
  ask(subject: string, given: unknown, limitMs: number): Promise<unknown> {
    if (this.#channel === undefined || !this.isActive) return Promise.reject(new Error('the peer is not active'))
    return this.#channel.ask(subject, given, limitMs)
  }

  /** Tries at once where it waits for its next attempt. */
  retry(): void {
    this.#pauseMs = shortestPauseMs
    this.#wake()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#channel?.end('the cluster was left')
    this.#wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const problem = await this.#session().catch(unreachable)
      this.#enter(problem)
      if (!this.#stopping.signal.aborted) await this.#pause()
    }
  }

  /** Stays while the peer does; the value is why it ended. */
  async #session(): Promise<PeerProblem> {
    const { network, clocks } = this.#options.environment
    const { signal } = this.#stopping
    const connection = await network.dialWithKey({
      to: { address: this.address, port: clusterPort },
      from: this.#options.hello().address,
      protocol: 'CLUSTER',
      key: this.#options.key,
      timeoutMs: silenceMs,
      signal,
    })
    const ended = Promise.withResolvers<string>()
    const channel = new PeerChannel({
      connection,
      clock: clocks.monotonic,
      onRequest: () => {
        throw new Error('nothing is asked on this connection')
      },
      onEnd: ended.resolve,
    })
    if (signal.aborted) channel.end('the cluster was left')
    this.#channel = channel
    const mismatch = await Promise.race([this.#greetOnAndOn(channel), ended.promise.then(() => undefined)])
    this.#beat?.cancel()
    channel.end('the peer does not fit')
    this.#channel = undefined
    return mismatch ?? lost(await ended.promise)
  }

  /** Ends with what does not fit, or rejects where there is no answer. */
  async #greetOnAndOn(channel: PeerChannel): Promise<PeerProblem | undefined> {
    const { clocks } = this.#options.environment
    while (!this.#stopping.signal.aborted) {
      const theirs = readHello(await channel.ask('hello', this.#options.hello(), silenceMs))
      const problem = helloProblem(this.#options.hello(), theirs, this.address)
      if (problem !== undefined) return problem
      this.#met(theirs)
      await new Promise<void>((resolve) => (this.#beat = clocks.monotonic.after(helloEveryMs, resolve)))
    }
    return undefined
  }

  #met(theirs: Hello): void {
    const hasChanged = JSON.stringify(theirs) !== JSON.stringify(this.#theirs)
    this.#theirs = theirs
    this.#pauseMs = shortestPauseMs
    if (this.isActive) return hasChanged ? this.#options.onChange() : undefined
    this.#enter(undefined)
    this.#options.onActive()
  }

  #enter(problem: PeerProblem | undefined): void {
    if (JSON.stringify(problem) === JSON.stringify(this.#problem)) return
    this.#problem = problem
    const log = this.#options.environment.log.child('cluster')
    const peer = { Peer: this.address, Name: this.#theirs?.fqdn }
    if (problem === undefined) log.info('Cluster Peer Active', peer)
    else if (!this.#stopping.signal.aborted) log.warn('Cluster Peer Failed', { ...peer, Reason: problem.reason })
    this.#options.onChange()
  }

  async #pause(): Promise<void> {
    const { monotonic } = this.#options.environment.clocks
    await new Promise<void>((resolve) => {
      const timer = monotonic.after(this.#pauseMs, resolve)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#wake = () => undefined
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
  }
}

function unreachable(error: Error): PeerProblem {
  if (error instanceof DialFailed && error.code === 'MRA_KEY_REFUSED') {
    const action = 'Enter the same Cluster pre-shared key on every peer'
    return { kind: 'configuration', reason: 'has another pre-shared key', action }
  }
  return lost(error.message)
}

function lost(says: string): PeerProblem {
  const action = `Check that the peer runs, that it has a cluster configured, and that TCP port ${clusterPort} is open to it`
  return { kind: 'communication', reason: `cannot be reached: ${says}`, action }
}
