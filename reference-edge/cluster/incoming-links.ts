import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Listener, PreSharedKey } from '#runtime/network.ts'
import type { Hello } from './hello.ts'
import { helloProblem, readHello } from './hello.ts'
import { clusterPort } from './outgoing-link.ts'
import { PeerChannel } from './peer-channel.ts'
import { largestMessage } from './peer-message.ts'

export interface IncomingLinksOptions {
  readonly environment: HostEnvironment
  readonly key: PreSharedKey
  readonly hello: () => Hello
  /** A peer has introduced itself for the first time on a connection. */
  readonly onHello: (theirs: Hello) => void
  /** Answers a peer that fits; what it throws is told to it. */
  readonly onRequest: (subject: string, given: unknown, theirs: Hello) => unknown
}

/** Six names and some words, as JSON; until then nobody is a peer. */
const largestHello = 16 * 1_024
/** A peer greets each second. */
const silenceMs = 10_000
const retryMs = 1_000

/** Where the other peers connect to and ask. */
export class IncomingLinks {
  readonly #options: IncomingLinksOptions
  readonly #channels = new Set<PeerChannel>()
  readonly #opening: Promise<void>
  #listener: Listener | undefined
  #hasStopped = false
  #problem: string | undefined
  #wake: () => void = () => undefined

  constructor(options: IncomingLinksOptions) {
    this.#options = options
    this.#opening = this.#open()
  }

  /** Why nobody can connect. */
  get problem(): string | undefined {
    return this.#problem
  }

  async stop(): Promise<void> {
    this.#hasStopped = true
    this.#wake()
    await this.#opening
    for (const channel of [...this.#channels]) channel.end('the cluster was left')
    await this.#listener?.stop()
  }

  async #open(): Promise<void> {
    const { network, clocks, log } = this.#options.environment
    while (!this.#hasStopped && this.#listener === undefined) {
      try {
        this.#listener = await network.listenWithKey({
          address: this.#options.hello().address,
          port: clusterPort,
          protocol: 'CLUSTER',
          key: this.#options.key,
          limits: { perSource: 20, total: 100, handshakeMs: 5_000, expected: this.#options.hello().peers },
          onConnection: (connection) => this.#accept(connection),
          onTlsError: ({ message }, { address }) =>
            log.child('cluster').warn('Cluster Connection Refused', { 'Src-ip': address, Reason: message }),
        })
        this.#problem = undefined
      } catch (error) {
        this.#problem = (error as Error).message
        await new Promise<void>((resolve) => {
          const timer = clocks.monotonic.after(retryMs, resolve)
          this.#wake = () => (timer.cancel(), resolve())
        })
      }
    }
  }

  #accept(connection: Connection): void {
    if (this.#hasStopped) return connection.destroy()
    const { monotonic } = this.#options.environment.clocks
    let theirs: Hello | undefined
    let silence: Timer
    const heard = () => {
      silence?.cancel()
      silence = monotonic.after(silenceMs, () => channel.end('the peer is silent'))
    }
    const channel = new PeerChannel({
      connection,
      clock: monotonic,
      largestMessage: () => (theirs === undefined ? largestHello : largestMessage),
      onRequest: (subject, given) => {
        heard()
        if (subject === 'hello') return this.#greet(given, connection, theirs === undefined, (met) => (theirs = met))
        if (theirs === undefined) throw new Error('say hello first')
        return this.#options.onRequest(subject, given, theirs)
      },
      onEnd: () => {
        silence.cancel()
        this.#channels.delete(channel)
      },
    })
    this.#channels.add(channel)
    heard()
  }

  /** The answer is a hello too, also for one that does not fit: it sees by itself why. */
  #greet(given: unknown, { remote }: Connection, isFirst: boolean, met: (theirs: Hello) => void): Hello {
    const theirs = readHello(given)
    const own = this.#options.hello()
    const isListed = own.peers.includes(remote.address)
    if (isListed && helloProblem(own, theirs, remote.address) === undefined) {
      met(theirs)
      if (isFirst) this.#options.onHello(theirs)
    }
    return own
  }
}
