import { createHash } from 'node:crypto'
import type { Connection, HostNetwork, Listener, TlsIdentity } from '#runtime/network.ts'
import type { Log } from '#runtime/log.ts'
import { listenVerified } from '../sip/verified-listener.ts'

export interface TrunkPort {
  readonly port: number
  readonly transport: 'TCP' | 'TLS'
}

export interface TrunkListenersOptions {
  readonly network: HostNetwork
  readonly log: Log
  readonly identity: () => TlsIdentity | undefined
  /** CallManager-trust. */
  readonly trust: () => readonly string[]
  readonly onConnection: (connection: Connection) => void
}

/** The Incoming Ports that are listened on, opened and closed one after the other. */
export class TrunkListeners implements AsyncDisposable {
  readonly #options: TrunkListenersOptions
  readonly #open = new Map<string, Listener>()
  #turn: Promise<void> = Promise.resolve()

  constructor(options: TrunkListenersOptions) {
    this.#options = options
  }

  get ports(): number[] {
    return [...this.#open.values()].map(({ local }) => local.port)
  }

  /** Closes all but these. */
  keepOnly(wanted: readonly TrunkPort[]): Promise<void> {
    const keys = new Set(wanted.map((each) => this.#keyOf(each)))
    return this.#next(async () => {
      for (const [key, listener] of this.#open) {
        if (keys.has(key)) continue
        this.#open.delete(key)
        await listener.stop()
      }
    })
  }

  /** Opens those that are missing; rejects where one is taken. */
  open(wanted: readonly TrunkPort[]): Promise<void> {
    return this.#next(async () => {
      for (const each of wanted) {
        const key = this.#keyOf(each)
        if (!this.#open.has(key)) this.#open.set(key, await this.#listen(each))
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keepOnly([])
  }

  /** Changes when the listener has to be opened anew. */
  #keyOf({ port, transport }: TrunkPort): string {
    const { identity, trust } = this.#options
    if (transport === 'TCP') return `TCP ${port}`
    const shown = createHash('sha256')
      .update(JSON.stringify([identity(), trust()]))
      .digest('hex')
    return `TLS ${port} ${shown}`
  }

  #listen({ port, transport }: TrunkPort): Promise<Listener> {
    const { network, log, identity, trust, onConnection } = this.#options
    if (transport === 'TCP') return network.listenTcp({ port, protocol: 'SIP', onConnection })
    const own = identity()
    if (own === undefined) throw new Error('a SIP trunk over TLS needs the CallManager certificate')
    return listenVerified({ network, port, identity: own, trust: trust(), log, onConnection })
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.catch(() => {}).then(step)
    return this.#turn
  }
}
