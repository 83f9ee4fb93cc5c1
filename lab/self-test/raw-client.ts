import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { waitFor } from '#runtime/wait.ts'

/** Where a connection goes and which address of the lab it leaves from. */
export interface RawTarget {
  readonly host: string
  readonly port: number
  readonly from: string
  /** Time to the end of the handshake. Default 12 s. */
  readonly limitMs?: number
}

/** A connection that says exactly what it is told to, and remembers what came back. */
export class RawConnection {
  readonly #socket: Socket
  #received = Buffer.alloc(0)
  #closedAfterMs: number | undefined
  readonly #opened = performance.now()

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => (this.#received = Buffer.concat([this.#received, bytes])))
    // A reset is an end like any other.
    socket.on('error', () => {})
    socket.on('close', () => (this.#closedAfterMs = performance.now() - this.#opened))
  }

  get text(): string {
    return this.#received.toString('latin1')
  }

  get isClosed(): boolean {
    return this.#closedAfterMs !== undefined
  }

  /** Milliseconds from the opening to the end. */
  get closedAfterMs(): number | undefined {
    return this.#closedAfterMs
  }

  /** Milliseconds since the opening. */
  get ageMs(): number {
    return performance.now() - this.#opened
  }

  write(bytes: Uint8Array | string): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes)
  }

  /** Writes each byte for itself, giving the other side time to read it for itself. */
  async writeSlowly(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !this.isClosed; at++) {
      this.write(bytes.subarray(at, at + 1))
      await new Promise((done) => setImmediate(done))
    }
  }

  /** Waits until what came back fits; what came is in the error where it never does. */
  async until(pattern: RegExp, limitMs = 3_000): Promise<string> {
    await waitFor(`${pattern} from the other side`, () => pattern.test(this.text), {
      limitMs,
      everyMs: 2,
      lastSeen: () => ({ received: this.text.slice(-300), closed: this.isClosed }),
    })
    return this.text
  }

  async untilClosed(limitMs = 3_000): Promise<string> {
    await waitFor('the other side to close', () => this.isClosed, {
      limitMs,
      everyMs: 2,
      lastSeen: () => ({ received: this.text.slice(-300) }),
    })
    return this.text
  }

  /** Resolves when it has ended or is so old. */
  async untilOlderThan(milliseconds: number): Promise<void> {
    await waitFor('the end or the age', () => this.isClosed || this.ageMs > milliseconds, {
      limitMs: milliseconds + 1_000,
      everyMs: 20,
    })
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

export function openTcp({ host, port, from }: RawTarget): Promise<RawConnection> {
  return opened(connect({ host, port, localAddress: from }), 'connect')
}

/** Rejects where the handshake fails. No certificate of the other side is checked: this is the hostile end. */
export function openTls(target: RawTarget, options: ConnectionOptions = {}): Promise<RawConnection> {
  const { host, port, from, limitMs } = target
  const socket = connect({ host, port, localAddress: from })
  socket.on('error', () => {})
  return opened(connectTls({ socket, rejectUnauthorized: false, ...options }), 'secureConnect', limitMs)
}

/** XMPP's way to TLS: `header` in clear, then STARTTLS, then the handshake. */
export async function openStartTls({ host, port, from }: RawTarget, header: string): Promise<RawConnection> {
  const socket = connect({ host, port, localAddress: from })
  const clear = await opened(socket, 'connect')
  clear.write(header)
  await clear.until(/<\/stream:features>/)
  clear.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
  await clear.until(/<proceed/)
  socket.removeAllListeners('data')
  return opened(connectTls({ socket, rejectUnauthorized: false }), 'secureConnect')
}

function opened(socket: Socket, event: 'connect' | 'secureConnect', limitMs = 12_000): Promise<RawConnection> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => fail(new Error(`no ${event} within ${limitMs} ms`)), limitMs)
    const fail = (error: Error) => {
      clearTimeout(limit)
      socket.destroy()
      reject(error)
    }
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('closed before it was open')))
    socket.once(event, () => {
      clearTimeout(limit)
      socket.removeListener('error', fail)
      resolve(new RawConnection(socket))
    })
  })
}
