import { EventEmitter } from 'node:events'
import type { Connection } from '#runtime/network.ts'
import { parseDocument } from '#simulators/protocol/xml/element.ts'

/** A connection of the runtime in the shape @xmpp wants a socket; what is written goes into the trace. */
export class XmppSocket extends EventEmitter {
  readonly connection: Connection
  readonly secure: boolean
  readonly #stream: Connection['stream']
  readonly #take = (bytes: Buffer) => void this.emit('data', bytes)
  readonly #ended = () => void this.connection.destroy()
  readonly #closed = () => void this.emit('close')

  constructor(connection: Connection) {
    super()
    this.connection = connection
    this.secure = connection.tls !== undefined
    this.#stream = connection.stream
    this.#stream.on('data', this.#take)
    this.#stream.once('end', this.#ended)
    this.#stream.once('close', this.#closed)
  }

  /** The connection is there already; the library waits for the event. */
  connect(): void {
    queueMicrotask(() => this.emit('connect'))
  }

  write(text: string, done?: (error?: Error | null) => void): void {
    this.connection.traceMessage('sent', 'XMPP', summaryOf(text), text)
    this.#stream.write(text, done)
  }

  end(): void {
    this.#stream.end()
  }

  /** Lets go of the stream, so that TLS can take it over. */
  release(): Connection {
    this.#stream.off('data', this.#take)
    this.#stream.off('end', this.#ended)
    this.#stream.off('close', this.#closed)
    return this.connection
  }
}

/** A stanza in a few words: `iq set bind`, `message chat`, `auth CISCO-VTG-TOKEN`, `stream:stream`. */
export function summaryOf(text: string): string {
  const [, tag = text.slice(0, 20)] = /^(?:<\?[^>]*>)?<(\/?[\w:-]+)/.exec(text) ?? []
  if (tag === 'stream:stream' || tag.startsWith('/')) return tag
  const element = parseDocument(text.replace(/<stream:/g, '<').replace(/<\/stream:/g, '</'))
  const child = tag === 'iq' ? element?.getChildElements()[0]?.getName() : undefined
  return [tag, element?.attrs['type'] ?? element?.attrs['mechanism'], child].filter(Boolean).join(' ')
}
