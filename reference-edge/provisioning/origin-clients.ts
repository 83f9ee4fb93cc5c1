import type { HostNetwork, HttpClient } from '#runtime/network.ts'
import type { Origin } from './edge-path.ts'

/** Kept connections to servers inside, one client for each origin and address, the least used given up first. */
export class OriginClients {
  readonly #network: HostNetwork
  readonly #tlsVerify: () => boolean
  readonly #clients = new Map<string, HttpClient>()

  constructor(network: HostNetwork, tlsVerify: () => boolean) {
    this.#network = network
    this.#tlsVerify = tlsVerify
  }

  /** `address` was checked by the caller: it is what will be dialled, whatever the name resolves to by then. */
  client(origin: Origin, address: string): HttpClient {
    const isVerified = this.#tlsVerify()
    const key = `${origin.scheme} ${origin.host} ${origin.port} ${address} ${isVerified}`
    const client = this.#clients.get(key) ?? this.#network.httpClient(() => this.#dial(origin, address, isVerified))
    this.#clients.delete(key)
    this.#clients.set(key, client)
    const [oldest] = this.#clients.keys()
    if (this.#clients.size > mostOrigins) {
      void this.#clients.get(oldest!)!.close()
      this.#clients.delete(oldest!)
    }
    return client
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()))
    this.#clients.clear()
  }

  #dial({ scheme, host, port }: Origin, address: string, isVerified: boolean) {
    const to = { address, port }
    if (scheme === 'http') return this.#network.dialTcp({ to, protocol: 'HTTP' })
    return this.#network.dialTls({ to, protocol: 'HTTPS', tls: { serverName: host, acceptAny: !isVerified } })
  }
}

const mostOrigins = 64
