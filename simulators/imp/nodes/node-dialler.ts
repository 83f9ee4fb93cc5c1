import { createHash } from 'node:crypto'
import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { escapeXML, xml } from '#simulators/protocol/xml/element.ts'
import { StreamParser } from '#simulators/protocol/xml/stream-parser.ts'
import { ns } from '#simulators/protocol/xmpp/stanzas.ts'
import type { NodeLink } from './other-nodes.ts'

export interface NodeDiallerOptions {
  readonly environment: HostEnvironment
  /** FQDN of the node to link to. */
  readonly node: string
  readonly port: number
  readonly isOfOtherCluster: boolean
  /** Handshake of XCP links. */
  readonly secret: string
  readonly onUp: (link: NodeLink) => void
  readonly onFrame: (link: NodeLink, frame: Element) => void
  readonly onDown: (link: NodeLink) => void
}

/** Keeps a link from this node's XCP router to that of another node: dialled again where it is lost. */
export class NodeDialler {
  readonly #options: NodeDiallerOptions
  #timer: Timer | undefined
  #connection: Connection | undefined
  #isStopped = false

  constructor(options: NodeDiallerOptions) {
    this.#options = options
    void this.#dial()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#connection?.destroy()
  }

  async #dial(): Promise<void> {
    const { node, port, environment } = this.#options
    const { network } = environment
    try {
      const [address = node] = await network.resolver.addresses(node)
      const connection = await network.dialTcp({ to: { address, port }, protocol: 'XCP' })
      if (this.#isStopped) return connection.destroy()
      this.#connection = connection
      this.#speak(connection)
    } catch {
      this.#again()
    }
  }

  #again(): void {
    if (this.#isStopped) return
    this.#timer = this.#options.environment.clocks.monotonic.after(redialMs, () => void this.#dial())
  }

  #speak(connection: Connection): void {
    const { node, environment, secret, isOfOtherCluster, onUp, onFrame, onDown } = this.#options
    const { stream, traceMessage } = connection
    const send = (element: Element) => {
      if (stream.destroyed) return
      const text = element.toString()
      traceMessage('sent', 'XCP', summaryOf(element), text)
      stream.write(text)
      if (stream.writableLength > waitingBytes) connection.destroy()
    }
    const link: NodeLink = { node, isOfOtherCluster, send }
    let [isIn, isUp] = [false, false]
    const parser = new StreamParser(
      {
        onHeader({ attrs: { id = '' } }) {
          const digest = createHash('sha1')
            .update(id + secret)
            .digest('hex')
          stream.write(`<handshake>${digest}</handshake>`)
        },
        onElement(element) {
          traceMessage('received', 'XCP', summaryOf(element), element.toString())
          const name = element.getName()
          if (isUp && name === 'node-data') return onFrame(link, element)
          if (!isIn && name === 'handshake') {
            isIn = true
            return send(xml('node', { xmlns: ns.xcp, name: environment.fqdn }))
          }
          // The other node knows us, and wants us.
          if (!isIn || isUp || name !== 'node') return connection.destroy()
          isUp = true
          onUp(link)
        },
        onEnd: () => connection.destroy(),
      },
      { elementBytes: frameBytes },
    )
    const limit = environment.clocks.monotonic.after(handshakeMs, () => void (isUp || connection.destroy()))
    stream.on('data', (bytes: Buffer) => void (parser.write(bytes) || connection.destroy()))
    stream.once('end', () => connection.destroy())
    stream.once('close', () => {
      parser.stop()
      limit.cancel()
      if (isUp) onDown(link)
      this.#again()
    })
    stream.write(`<stream:stream xmlns='jabber:component:accept' xmlns:stream='${ns.stream}' to='${escapeXML(node)}'>`)
  }
}

/** `node-data presence` and so on. */
export function summaryOf({ attrs: { of = '' }, name }: Element): string {
  return `<${name}${of === '' ? '' : ` ${of}`}>`.slice(0, 80)
}

const redialMs = 500
const handshakeMs = 10_000
const frameBytes = 2 * 1024 * 1024
const waitingBytes = 16 * 1024 * 1024
