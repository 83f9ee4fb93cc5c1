import type { Clocks } from '#runtime/clock.ts'
import type { Connection } from '#runtime/network.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { escapeXML, xml } from '#simulators/protocol/xml/element.ts'
import { StreamParser } from '#simulators/protocol/xml/stream-parser.ts'
import { elementSummary } from '#simulators/protocol/xmpp/element-summary.ts'
import { ns } from '#simulators/protocol/xmpp/stanzas.ts'
import { dialbackNs } from './dialback.ts'

export interface ServerStreamEvents {
  /** The other side's stream header has come in. */
  onHeader(header: Element): void
  onElement(element: Element): void
  /** Once, whoever ended it; never within the constructor. */
  onClosed(): void
}

/** One TCP connection between two servers, RFC 6120 §4.7 with `jabber:server`: reads, writes, and ends. */
export class ServerStream {
  readonly #connection: Connection
  readonly #clocks: Clocks
  readonly #events: ServerStreamEvents
  readonly #parser: StreamParser
  #hasHeader = false
  #isClosed = false

  constructor(connection: Connection, clocks: Clocks, events: ServerStreamEvents) {
    this.#connection = connection
    this.#clocks = clocks
    this.#events = events
    this.#parser = new StreamParser(
      {
        onHeader: (header) => this.#takeHeader(header),
        onElement: (element) => this.#takeElement(element),
        onEnd: () => this.close(),
      },
      { elementBytes: stanzaBytes },
    )
    connection.stream.on('data', (bytes: Buffer) => {
      if (!this.#isClosed && !this.#parser.write(bytes)) this.close('not-well-formed')
    })
    connection.stream.once('close', () => this.close())
  }

  get address(): string {
    return this.#connection.remote.address
  }

  open({ from, to, id }: { readonly from: string; readonly to?: string; readonly id?: string }): void {
    const attributes = Object.entries({ from, to, id })
      .map(([name, value]) => (value === undefined ? '' : ` ${name}='${escapeXML(value)}'`))
      .join('')
    const header =
      `<stream:stream xmlns='${dialbackNs.server}' xmlns:stream='${ns.stream}' xmlns:db='${dialbackNs.dialback}'` +
      `${attributes} version='1.0'>`
    this.#write(`<?xml version='1.0'?>${header}`, `<stream:stream> ${from} → ${to ?? ''}`)
  }

  send(element: Element): void {
    this.#write(element.toString(), elementSummary(element))
  }

  /** Ends the stream, with a stream error where there is a condition. */
  close(condition?: string): void {
    if (this.#isClosed) return
    if (condition !== undefined) {
      this.send(xml('stream:error', {}, xml(condition, { xmlns: ns.streamErrors })))
    }
    this.#isClosed = true
    this.#parser.stop()
    const { stream, destroy } = this.#connection
    if (!stream.destroyed) {
      const limit = this.#clocks.monotonic.after(1_000, destroy)
      stream.once('close', () => limit.cancel())
      stream.resume()
      stream.end(this.#hasHeader ? '</stream:stream>' : '')
    }
    this.#events.onClosed()
  }

  #takeHeader(header: Element): void {
    const { from = '', to = '' } = header.attrs
    this.#trace('received', `<stream:stream> ${from} → ${to}`, '')
    this.#hasHeader = true
    const isOurs = header.getName() === 'stream' && header.getNS() === ns.stream
    if (!isOurs || header.attrs['xmlns'] !== dialbackNs.server) return this.close('invalid-namespace')
    this.#events.onHeader(header)
  }

  #takeElement(element: Element): void {
    this.#trace('received', elementSummary(element), element.toString())
    if (!this.#isClosed) this.#events.onElement(element)
  }

  #write(text: string, summary: string): void {
    const { stream } = this.#connection
    if (this.#isClosed || stream.destroyed) return
    this.#trace('sent', summary, text)
    stream.write(text)
    if (stream.writableLength > waitingBytes) this.#connection.destroy()
  }

  #trace(direction: 'sent' | 'received', summary: string, text: string): void {
    this.#connection.traceMessage(direction, 'XMPP', summary.slice(0, 200), text)
  }
}

const stanzaBytes = 256 * 1024
const waitingBytes = 4 * 1024 * 1024
