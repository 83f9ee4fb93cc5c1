import { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import { silenced } from './connection-guard.ts'
import type { Endpoint } from './network.ts'
import type { Trace } from './trace.ts'

export interface WireFacts {
  readonly id: string
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly protocol: string
}

export function endpointText({ address, port }: Endpoint): string {
  return `${address}:${port}`
}

/** Records what passes a socket as it is on the wire: used below TLS, so that a capture can be written later. */
export class WireTap extends Duplex {
  readonly #socket: Socket

  constructor(socket: Socket, facts: WireFacts, trace: Trace) {
    super()
    this.#socket = socket
    const record = (kind: 'segment' | 'close', direction?: 'sent' | 'received', bytes?: Uint8Array) =>
      trace.record({
        kind,
        transport: 'tcp',
        connection: facts.id,
        local: endpointText(facts.local),
        remote: endpointText(facts.remote),
        protocol: facts.protocol,
        ...(direction === undefined ? {} : { direction }),
        ...(bytes === undefined ? {} : { bytes }),
      })
    this.#record = record
    socket.on('data', (chunk: Buffer) => {
      record('segment', 'received', chunk)
      if (!this.push(chunk)) socket.pause()
    })
    socket.on('timeout', () => this.emit('timeout'))
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    let isSilenced = false
    socket.once(silenced, () => (isSilenced = true))
    socket.on('close', () => {
      // What was silenced is closed for this host alone: no segment says so to the other side.
      if (!isSilenced) record('close')
      this.destroy()
    })
  }

  readonly #record: (kind: 'segment', direction: 'sent', bytes: Uint8Array) => void

  // What Node's HTTP agent calls on a connection it keeps.

  setKeepAlive(isOn?: boolean, delayMs?: number): this {
    this.#socket.setKeepAlive(isOn, delayMs)
    return this
  }

  setNoDelay(isOn?: boolean): this {
    this.#socket.setNoDelay(isOn)
    return this
  }

  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    this.#socket.setTimeout(milliseconds)
    if (onTimeout !== undefined) this.once('timeout', onTimeout)
    return this
  }

  get timeout(): number | undefined {
    return this.#socket.timeout
  }

  ref(): this {
    this.#socket.ref()
    return this
  }

  unref(): this {
    this.#socket.unref()
    return this
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Behind the other side's end the socket has ended too: what TLS still says (close_notify) reaches no wire.
    if (this.#socket.writable) this.#record('segment', 'sent', chunk)
    this.#socket.write(chunk, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
