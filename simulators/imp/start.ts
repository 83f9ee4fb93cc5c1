import * as v from 'valibot'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import type { Listener } from '#runtime/network.ts'
import type { HttpRequest, HttpResponse, TlsIdentity } from '#runtime/network.ts'
import { service } from '#runtime/service.ts'
import type { AxlService } from '#simulators/protocol/axl/service.ts'
import { axlOf } from './axl.ts'
import type { ChatNodeAliases, ImAndPresenceConfiguration } from './configuration.ts'
import { changes, parseImAndPresenceConfiguration, releaseOf } from './configuration.ts'
import { listenForClients } from '#simulators/protocol/xmpp/client-streams.ts'
import { Federation } from './federation/federation.ts'
import { NodeLinks } from './nodes/node-links.ts'
import { MessagingServer } from './messaging-server.ts'
import { ClientProfileAgent } from './soap.ts'
import type { XcpAcceptor } from './xcp-acceptor.ts'
import { acceptXcpLinks } from './xcp-acceptor.ts'

/** IM and Presence 9.1(1): XMPP on 5222, federation on 5269, XCP router on 7400, SOAP login and AXL on 8443. */
export async function startImAndPresence(
  environment: HostEnvironment,
  configuration: unknown,
  signal: AbortSignal,
): Promise<Host> {
  const node = new Node(environment, parseImAndPresenceConfiguration(configuration))
  signal.throwIfAborted()
  await node.start()
  return {
    ...service(environment.name, () => node.stop()),
    management: {
      state: async () => node.state(),
      history: async () => ({ messages: node.server.messages, logins: node.server.logins }),
      set: async (change: unknown) => node.set(change),
      kick: async ({ userId, condition = 'policy-violation' }: { userId?: string; condition?: string }) => ({
        kicked: node.server.kick(userId, condition),
      }),
    },
  }
}

class Node {
  readonly server: MessagingServer
  readonly #environment: HostEnvironment
  readonly #configuration: ImAndPresenceConfiguration
  readonly #identity: TlsIdentity
  readonly #soap: ClientProfileAgent
  readonly #axl: AxlService
  readonly #nodeLinks: NodeLinks
  #areCaCertificatesMissing: boolean
  #chatNodeAliases: ChatNodeAliases
  #web: Listener | undefined
  #clients: Listener | undefined
  #xcp: XcpAcceptor | undefined
  #federation: Federation | undefined
  /** Changes of services happen one after the other. */
  #applying: Promise<void> = Promise.resolve()

  constructor(environment: HostEnvironment, configuration: ImAndPresenceConfiguration) {
    if (environment.identity === undefined) throw new Error('IM and Presence needs a certificate')
    const { clocks, random, fqdn } = environment
    this.#environment = environment
    this.#configuration = configuration
    this.#identity = environment.identity
    this.#areCaCertificatesMissing = configuration.caCertificatesMissing
    this.#chatNodeAliases = configuration.chatNodeAliases
    const nodes = configuration.nodes ?? [fqdn]
    this.server = new MessagingServer(configuration, clocks.wall, random)
    this.#nodeLinks = new NodeLinks({
      environment,
      configuration,
      others: this.server.otherNodes,
      services: () => this.server.services,
    })
    this.#soap = new ClientProfileAgent(this.server, random, clocks, nodes)
    this.#axl = axlOf({
      configuration,
      nodes,
      services: () => this.server.services,
      certificates: { tomcat: environment.identity.cert, trust: environment.network.trust },
      chatNodeAliases: () => this.#chatNodeAliases,
      areCaCertificatesMissing: () => this.#areCaCertificatesMissing,
      wall: clocks.wall,
    })
  }

  async start(): Promise<void> {
    try {
      this.#web = await this.#environment.network.listenHttp({
        port: this.#configuration.ports.web,
        tls: { identity: this.#identity },
        handler: async (request) => this.#answer(request),
      })
      await this.#apply()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async set(change: unknown): Promise<void> {
    const { caCertificatesMissing, chatNodeAliases, ...rest } = v.parse(changes, change)
    if (caCertificatesMissing === true && !this.#configuration.release.startsWith('9.1.1')) {
      throw new Error(`release ${releaseOf(this.#configuration)} does not have the fault of 9.1.1`)
    }
    this.#chatNodeAliases = chatNodeAliases ?? this.#chatNodeAliases
    this.#areCaCertificatesMissing = caCertificatesMissing ?? this.#areCaCertificatesMissing
    this.server.change(rest)
    await (this.#applying = this.#applying.then(() => this.#apply()))
  }

  async stop(): Promise<void> {
    this.server.kick(undefined, 'system-shutdown')
    this.#nodeLinks.stop()
    await this.#xcp?.stop()
    await this.#stopFederation()
    await this.#clients?.stop()
    await this.#web?.stop()
  }

  state(): unknown {
    return {
      domain: this.server.domain,
      services: this.server.services,
      sessions: this.server.sessions.map((session) => ({
        jid: session.jid,
        via: session.via,
        address: session.address,
        presence: session.presence === undefined ? null : (session.presence.getChildText('show') ?? 'available'),
      })),
      links: this.#xcp?.links ?? [],
      nodes: this.server.otherNodes.links,
      federation: this.#federation?.state ?? null,
      listeners: [this.#web, this.#clients, this.#xcp?.listener, this.#federation?.listener].flatMap((listener) =>
        listener === undefined ? [] : [{ protocol: listener.protocol, ...listener.local }],
      ),
    }
  }

  /** Opens and closes the ports as the services say: without the XCP Router nothing of messaging works. */
  async #apply(): Promise<void> {
    const { xcpRouter, xcpConnectionManager, xmppFederationConnectionManager } = this.server.services
    const { ports, xcpSecret } = this.#configuration
    if (xcpRouter) {
      const listening = { secret: xcpSecret, port: ports.xcp }
      this.#xcp ??= await acceptXcpLinks(this.#environment, this.server, this.#nodeLinks, listening)
      this.#nodeLinks.apply()
    } else {
      this.#nodeLinks.stop()
      this.server.kick(undefined, 'system-shutdown')
      await this.#xcp?.stop()
      this.#xcp = undefined
    }
    if (xcpRouter && xcpConnectionManager) {
      this.#clients ??= await listenForClients(this.#environment, this.server, this.#identity, ports.xmpp)
    } else {
      await this.#clients?.stop()
      this.#clients = undefined
    }
    if (xcpRouter && xmppFederationConnectionManager) await this.#startFederation(ports.federation)
    else await this.#stopFederation()
  }

  async #startFederation(port: number): Promise<void> {
    if (this.#federation !== undefined) return
    const federation = new Federation(this.#environment, this.server)
    await federation.start(port)
    this.#federation = federation
    this.server.foreignDomains = federation
  }

  async #stopFederation(): Promise<void> {
    const federation = this.#federation
    this.#federation = undefined
    this.server.foreignDomains = undefined
    await federation?.stop()
  }

  #answer(request: HttpRequest): HttpResponse {
    const path = request.target.split('?')[0]!
    if (/^\/EPASSoap\/service(\/v\d+)?\/?$/.test(path)) return this.#soap.answer(request)
    if (/^\/axl\/?$/.test(path)) return this.#axl.answer(request)
    return { status: 404, headers: { 'Content-Type': 'text/html' }, body: '<html><body>HTTP Status 404</body></html>' }
  }
}
