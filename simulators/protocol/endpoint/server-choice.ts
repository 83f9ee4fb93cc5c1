import type { Random } from '#runtime/random.ts'
import type { ServerAddress } from './edge-configuration.ts'

/** Servers to be tried from the front. */
export interface ServerOrder {
  readonly order: readonly ServerAddress[]
  /** Did not answer, lost the connection or has no service. */
  failed(server: ServerAddress): void
}

/** Always these, whatever they do. */
export function inThisOrder(order: readonly ServerAddress[]): ServerOrder {
  return { order, failed: () => {} }
}

/**
 * The servers of one service in the order in which an endpoint tries them. Servers that are named as equals (peers of a
 * cluster) stand in an order drawn once; one that failed goes to the end, so that the endpoint stays with what works.
 */
export class ServerChoice implements ServerOrder {
  readonly #random: Random
  #order: readonly ServerAddress[] = []

  constructor(random: Random) {
    this.#random = random
  }

  get order(): readonly ServerAddress[] {
    return this.#order
  }

  /** Equals as an edge configuration names them: those known keep their order, new ones come in at random. */
  offer(servers: readonly ServerAddress[]): void {
    const known = this.#order.filter((server) => servers.some((each) => isSame(each, server)))
    const others = servers.filter((server) => !known.some((each) => isSame(each, server)))
    this.#order = [...known, ...this.#shuffled(others)]
  }

  /** To be asked before all others. */
  prefer(server: ServerAddress): void {
    this.#order = [server, ...this.#without(server)]
  }

  failed(server: ServerAddress): void {
    if (this.#order.some((each) => isSame(each, server))) this.#order = [...this.#without(server), server]
  }

  #without(server: ServerAddress): ServerAddress[] {
    return this.#order.filter((each) => !isSame(each, server))
  }

  #shuffled(servers: readonly ServerAddress[]): ServerAddress[] {
    const remaining = [...servers]
    const shuffled: ServerAddress[] = []
    while (remaining.length > 1) shuffled.push(...remaining.splice(this.#random.integer(0, remaining.length - 1), 1))
    return [...shuffled, ...remaining]
  }
}

function isSame(one: ServerAddress, other: ServerAddress): boolean {
  return one.host.toLowerCase() === other.host.toLowerCase() && one.port === other.port
}
