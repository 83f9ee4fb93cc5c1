import type { HostEnvironment } from '#runtime/host.ts'
import type { Log } from '#runtime/log.ts'
import type { Connection, Endpoint, Listener } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { logTlsError, tlsTowardsClients } from '../../protocol/tls-clients.ts'

export interface InternetListenersOptions {
  readonly environment: HostEnvironment
  readonly log: Log
  /** The LAN interface towards the internet. */
  readonly address: string
  /** Page Configuration > Protocols > SIP, TCP mode: On. */
  readonly isTcpOn: () => boolean
  readonly onConnection: (connection: Connection) => void
}

/** Where a VCS Expressway takes SIP from the internet: TLS on 5061 always, TCP on 5060 where that is on. */
export class InternetListeners implements Service {
  readonly name = 'SIP listeners'
  readonly #options: InternetListenersOptions
  #tls: Listener | undefined
  #tcp: Listener | undefined
  #turn: Promise<void> = Promise.resolve()

  constructor(options: InternetListenersOptions) {
    this.#options = options
  }

  get locals(): Endpoint[] {
    return [this.#tls, this.#tcp].flatMap((listener) => listener?.local ?? [])
  }

  /** Opens and closes what the page says. Rejects where the port of TLS is taken. */
  update(): Promise<void> {
    return (this.#turn = this.#turn.then(() => this.#update()))
  }

  async stop(): Promise<void> {
    await this.#turn.catch(() => undefined)
    await Promise.all([this.#tls?.stop(), this.#tcp?.stop()])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #update(): Promise<void> {
    this.#tls ??= await this.#listenTls()
    if (this.#options.isTcpOn()) {
      this.#tcp ??= await this.#listenTcp()
    } else {
      const closing = this.#tcp
      this.#tcp = undefined
      await closing?.stop()
    }
  }

  #listenTls(): Promise<Listener> {
    const { environment, log, address, onConnection } = this.#options
    return environment.network.listenTls({
      address,
      port: 5061,
      protocol: 'SIP',
      tls: tlsTowardsClients(environment.identity!, log, 'SIP'),
      onConnection,
      onTlsError: (error, remote) => logTlsError(log, 'SIP', 5061, error, remote),
    })
  }

  async #listenTcp(): Promise<Listener | undefined> {
    const { environment, log, address, onConnection } = this.#options
    try {
      return await environment.network.listenTcp({ address, port: 5060, protocol: 'SIP', onConnection })
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
      log.warn('Listen Error', { Service: 'SIP', 'Dst-ip': address, 'Dst-port': 5060, Protocol: 'TCP', Level: 1 })
      return undefined
    }
  }
}
