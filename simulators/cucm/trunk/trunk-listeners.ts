import type { Connection, HostNetwork, Listener } from '#runtime/network.ts'

/** The Incoming Ports that are listened on, opened and closed one after the other. */
export class TrunkListeners implements AsyncDisposable {
  readonly #network: HostNetwork
  readonly #onConnection: (connection: Connection) => void
  readonly #open = new Map<number, Listener>()
  #turn: Promise<void> = Promise.resolve()

  constructor(network: HostNetwork, onConnection: (connection: Connection) => void) {
    this.#network = network
    this.#onConnection = onConnection
  }

  get ports(): number[] {
    return [...this.#open.keys()]
  }

  /** Closes all but these. */
  keepOnly(ports: ReadonlySet<number>): Promise<void> {
    return this.#next(async () => {
      for (const [port, listener] of this.#open) {
        if (ports.has(port)) continue
        this.#open.delete(port)
        await listener.stop()
      }
    })
  }

  /** Opens those that are missing; rejects where one is taken. */
  open(ports: ReadonlySet<number>): Promise<void> {
    return this.#next(async () => {
      for (const port of ports) {
        if (this.#open.has(port)) continue
        const onConnection = this.#onConnection
        this.#open.set(port, await this.#network.listenTcp({ port, protocol: 'SIP', onConnection }))
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keepOnly(new Set())
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.catch(() => {}).then(step)
    return this.#turn
  }
}
