import { createHash } from 'node:crypto'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Listener, TlsIdentity } from '#runtime/network.ts'
import type { Log } from '#runtime/log.ts'
import type { Cluster } from '../cluster.ts'
import { listenVerified } from './verified-listener.ts'

export interface LineListenerOptions {
  readonly environment: HostEnvironment
  readonly cluster: Cluster
  readonly log: Log
  readonly onConnection: (connection: Connection) => void
}

interface Wanted {
  /** Changes when the listener has to be opened anew. */
  readonly key: string
  readonly open: () => Promise<Listener>
}

/**
 * The SIP Phone Port, and in mixed mode the SIP Phone Secure Port, of this node: opened, moved and closed as the
 * configuration says. On the secure port both sides show certificates; the device's has to lead to CallManager-trust.
 */
export class LineListeners implements AsyncDisposable {
  readonly #options: LineListenerOptions
  readonly #open = new Map<'clear' | 'secure', { key: string; listener: Listener }>()
  /** Changes happen one after the other. */
  #applying: Promise<void> = Promise.resolve()

  constructor(options: LineListenerOptions) {
    this.#options = options
  }

  /** The CallManager certificate: its own, or tomcat's. */
  get identity(): TlsIdentity | undefined {
    return this.#options.cluster.configuration.callManagerIdentity ?? this.#options.environment.identity
  }

  get ports(): number[] {
    return [...this.#open.values()].map(({ listener }) => listener.local.port)
  }

  /** Brings the listeners to what the configuration says; rejects where a port is taken. */
  apply(): Promise<void> {
    this.#applying = this.#applying.catch(() => {}).then(() => this.#reconcile())
    return this.#applying
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#applying.catch(() => {})
    for (const { listener } of this.#open.values()) await listener.stop()
    this.#open.clear()
  }

  async #reconcile(): Promise<void> {
    const wanted = { clear: this.#clear(), secure: this.#secure() }
    for (const kind of ['clear', 'secure'] as const) {
      const present = this.#open.get(kind)
      if (present === undefined || present.key === wanted[kind]?.key) continue
      this.#open.delete(kind)
      await present.listener.stop()
    }
    for (const kind of ['clear', 'secure'] as const) {
      const missing = this.#open.has(kind) ? undefined : wanted[kind]
      if (missing !== undefined) this.#open.set(kind, { key: missing.key, listener: await missing.open() })
    }
  }

  #clear(): Wanted {
    const { environment, cluster, onConnection } = this.#options
    const port = cluster.thisServer.sipPhonePort
    return { key: String(port), open: () => environment.network.listenTcp({ port, protocol: 'SIP', onConnection }) }
  }

  #secure(): Wanted | undefined {
    const { environment, cluster, log, onConnection } = this.#options
    const { identity } = this
    if (!cluster.isMixedMode || identity === undefined) return undefined
    const port = cluster.thisServer.sipPhoneSecurePort
    const trust = cluster.trusted('CallManager-trust')
    const key = createHash('sha256')
      .update(JSON.stringify([port, trust, identity]))
      .digest('hex')
    return {
      key,
      open: () => listenVerified({ network: environment.network, port, identity, trust, log, onConnection }),
    }
  }
}
