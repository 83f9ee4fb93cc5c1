import type { Endpoint } from '#runtime/network.ts'

/** Who takes the datagrams of one source. */
export interface Receiver {
  take(datagram: Buffer): void
}

/** Tells the streams arriving on one port apart by where they come from. */
export class Demultiplexer {
  readonly #receivers = new Map<string, Map<number, Receiver>>()
  #strangers = 0

  /** Datagrams from sources nobody announced. */
  get strangers(): number {
    return this.#strangers
  }

  /** Whether no other receiver has that source. */
  isFree(source: Endpoint, receiver: Receiver): boolean {
    const holder = this.#receivers.get(source.address)?.get(source.port)
    return holder === undefined || holder === receiver
  }

  /** Gives a source that is free to a receiver. */
  register(source: Endpoint, receiver: Receiver): void {
    let ports = this.#receivers.get(source.address)
    if (ports === undefined) this.#receivers.set(source.address, (ports = new Map()))
    ports.set(source.port, receiver)
  }

  unregister(source: Endpoint, receiver: Receiver): void {
    const ports = this.#receivers.get(source.address)
    if (ports?.get(source.port) !== receiver) return
    ports.delete(source.port)
    if (ports.size === 0) this.#receivers.delete(source.address)
  }

  readonly receive = (datagram: Buffer, from: Endpoint): void => {
    const receiver = this.#receivers.get(from.address)?.get(from.port)
    if (receiver === undefined) this.#strangers++
    else receiver.take(datagram)
  }
}
