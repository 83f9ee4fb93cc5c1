import { createHash, timingSafeEqual } from 'node:crypto'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Listener } from '#runtime/network.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { escapeXML, xml } from '#simulators/protocol/xml/element.ts'
import { StreamParser } from '#simulators/protocol/xml/stream-parser.ts'
import { ClientSession } from '#simulators/protocol/xmpp/client-session.ts'
import { elementSummary } from '#simulators/protocol/xmpp/element-summary.ts'
import { summaryOf } from './nodes/node-dialler.ts'
import type { NodeLinks } from './nodes/node-links.ts'
import type { NodeLink } from './nodes/other-nodes.ts'
import type { MessagingServer } from './messaging-server.ts'
import { ns } from '#simulators/protocol/xmpp/stanzas.ts'

export interface XcpAcceptor {
  readonly listener: Listener
  readonly links: ReadonlyArray<{ address: string; sessions: number }>
  stop(): Promise<void>
}

/**
 * The XCP router on 7400, clear text as in X8.1. Cisco's framing is not public; ours is an XEP-0114 component stream
 * that carries `<session xmlns='urn:mra:xcp' id='…' event='open|data|close'>` frames, one stream of a client each.
 */
export async function acceptXcpLinks(
  environment: HostEnvironment,
  server: MessagingServer,
  nodeLinks: NodeLinks,
  { secret, port }: { readonly secret: string; readonly port: number },
): Promise<XcpAcceptor> {
  const links = new Set<XcpLink>()
  const listener = await environment.network.listenTcp({
    port,
    protocol: 'XCP',
    limits: { perSource: 16, total: 64 },
    onConnection: (connection) => {
      const link: XcpLink = new XcpLink({ environment, server, nodeLinks, secret }, connection, () =>
        links.delete(link),
      )
      links.add(link)
    },
  })
  return {
    listener,
    get links() {
      const ofControls = [...links].filter(({ isReady, isOfNode }) => isReady && !isOfNode)
      return ofControls.map(({ address, sessions }) => ({ address, sessions }))
    },
    async stop() {
      for (const link of links) link.close('system-shutdown')
      await listener.stop()
    },
  }
}

interface XcpLinkOptions {
  readonly environment: HostEnvironment
  readonly server: MessagingServer
  readonly nodeLinks: NodeLinks
  readonly secret: string
}

class XcpLink {
  readonly #environment: HostEnvironment
  readonly #server: MessagingServer
  readonly #connection: Connection
  readonly #secret: string
  readonly #nodeLinks: NodeLinks
  /** Where another node has dialled. */
  #node: NodeLink | undefined
  readonly #streamId: string
  readonly #parser: StreamParser
  readonly #limit: { cancel(): void }
  readonly #sessions = new Map<string, ClientSession>()
  readonly #onClosed: () => void
  #isClosed = false
  isReady = false

  constructor(
    { environment, server, nodeLinks, secret }: XcpLinkOptions,
    connection: Connection,
    onClosed: () => void,
  ) {
    this.#environment = environment
    this.#server = server
    this.#nodeLinks = nodeLinks
    this.#secret = secret
    this.#connection = connection
    this.#onClosed = onClosed
    this.#streamId = environment.random.hex(32)
    this.#parser = new StreamParser(
      {
        onHeader: () => this.#takeHeader(),
        onElement: (element) => this.#takeElement(element),
        onEnd: () => this.close(),
      },
      { elementBytes: frameBytes },
    )
    this.#limit = environment.clocks.monotonic.after(handshakeMs, () => this.close('connection-timeout'))
    connection.stream.on('data', (bytes: Buffer) => {
      if (!this.#isClosed && !this.#parser.write(bytes)) this.close('not-well-formed')
    })
    connection.stream.once('close', () => this.close())
  }

  get isOfNode(): boolean {
    return this.#node !== undefined
  }

  get address(): string {
    return this.#connection.remote.address
  }

  get sessions(): number {
    return this.#sessions.size
  }

  close(condition?: string): void {
    if (this.#isClosed) return
    if (condition !== undefined) {
      this.#write(`<stream:error><${condition} xmlns='${ns.streamErrors}'/></stream:error>`, `<error ${condition}>`)
    }
    this.#isClosed = true
    this.#parser.stop()
    this.#limit.cancel()
    const limit = this.#environment.clocks.monotonic.after(1_000, this.#connection.destroy)
    this.#connection.stream.once('close', () => limit.cancel())
    this.#connection.stream.end('</stream:stream>')
    if (this.#connection.stream.destroyed) limit.cancel()
    for (const session of [...this.#sessions.values()]) session.ended()
    this.#sessions.clear()
    if (this.#node !== undefined) this.#nodeLinks.closed(this.#node)
    this.#onClosed()
  }

  #takeHeader(): void {
    const from = escapeXML(this.#environment.fqdn)
    this.#connection.stream.write(
      `<stream:stream xmlns='jabber:component:accept' xmlns:stream='${ns.stream}' from='${from}' id='${this.#streamId}'>`,
    )
  }

  #takeElement(element: Element): void {
    this.#connection.traceMessage('received', 'XCP', frameSummary(element), element.toString())
    if (!this.isReady) return this.#takeHandshake(element)
    if (element.getNS() !== ns.xcp) return this.close('bad-format')
    switch (element.getName()) {
      case 'session':
        return this.#takeSession(element)
      case 'node':
        return this.#takeNode(element)
      case 'node-data':
        return this.#node === undefined
          ? this.close('bad-format')
          : this.#server.otherNodes.received(this.#node, element)
      case 'ping':
        return this.#write(`<pong xmlns='${ns.xcp}'/>`, '<pong>')
      case 'pong':
        return
      default:
        return this.close('bad-format')
    }
  }

  #takeHandshake(element: Element): void {
    const expected = createHash('sha1')
      .update(this.#streamId + this.#secret)
      .digest()
    const given = Buffer.from(element.getText(), 'hex')
    const isGood =
      element.getName() === 'handshake' && given.length === expected.length && timingSafeEqual(given, expected)
    if (!isGood) return this.close('not-authorized')
    this.#limit.cancel()
    this.isReady = true
    this.#write('<handshake/>', '<handshake>')
  }

  /** It is not the Control that has dialled. */
  #takeNode({ attrs: { name = '' } }: Element): void {
    if (this.#node !== undefined || !this.#nodeLinks.isWanted(name)) return this.close('not-authorized')
    const send = (frame: Element) => this.#write(frame.toString(), summaryOf(frame))
    send(xml('node', { xmlns: ns.xcp, name: this.#environment.fqdn }))
    this.#node = this.#nodeLinks.accept(name, send, () => this.close('reset'))
  }

  #takeSession(frame: Element): void {
    const { id = '', event, address = '', domain = '' } = frame.attrs
    const session = this.#sessions.get(id)
    switch (event) {
      case 'open':
        return (session ?? this.#newSession(id, address)).opened(domain)
      case 'data': {
        const element = frame.getChildElements()[0]
        return element === undefined ? undefined : session?.received(element)
      }
      case 'close':
        this.#sessions.delete(id)
        return session?.ended()
      default:
        return this.close('bad-format')
    }
  }

  #newSession(id: string, address: string): ClientSession {
    const attributes = `xmlns='${ns.xcp}' id='${escapeXML(id)}'`
    const session = new ClientSession(this.#server, 'xcp', address, {
      send: (text) => this.#write(`<session ${attributes} event='data'>${text}</session>`, `<session data ${id}>`),
      close: (condition) => {
        this.#sessions.delete(id)
        const reason = condition === undefined ? '' : ` condition='${condition}'`
        this.#write(`<session ${attributes} event='close'${reason}/>`, `<session close ${id}>${reason}`)
      },
    })
    if (this.#sessions.size >= mostSessions) {
      session.close('resource-constraint')
      return session
    }
    this.#sessions.set(id, session)
    return session
  }

  #write(text: string, summary: string): void {
    const { stream } = this.#connection
    if (this.#isClosed || stream.destroyed) return
    this.#connection.traceMessage('sent', 'XCP', summary, text)
    stream.write(text)
    if (stream.writableLength > waitingBytes) this.#connection.destroy()
  }
}

function frameSummary(frame: Element): string {
  const { event, id } = frame.attrs
  if (event === undefined) return `<${frame.getName()}>`.slice(0, 80)
  const inner = frame.getChildElements()[0]
  return `<session ${event} ${id}>${inner === undefined ? '' : ' ' + elementSummary(inner)}`.slice(0, 200)
}

const handshakeMs = 10_000
const frameBytes = 2 * 1024 * 1024
const waitingBytes = 16 * 1024 * 1024
const mostSessions = 5_000
