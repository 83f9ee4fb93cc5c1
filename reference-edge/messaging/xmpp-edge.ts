import type { HostEnvironment } from '#runtime/host.ts'
import type { TlsIdentity } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import type { ReportFailure } from '../protection/failure-category.ts'
import type { XcpLinkServer } from './xcp-link-server.ts'
import type { ClientStreamStatus } from './xmpp-client-stream.ts'
import { XmppClientStream } from './xmpp-client-stream.ts'

export interface XmppEdgeOptions {
  readonly environment: HostEnvironment
  readonly link: Pick<XcpLinkServer, 'openSession'>
  /** Domains with IM and Presence services on (from the Control). */
  readonly domains: () => readonly string[]
  /** Default 5222. */
  readonly port?: number
  readonly address?: string
  /** The server certificate now in use; the host's own otherwise. */
  readonly identity?: () => TlsIdentity
  /** From connecting to SASL success, default 30 s. */
  readonly authenticationMs?: number
  /** Told of what the automated protection counts; a refused password is none of it in this release. */
  readonly onFailure?: ReportFailure
}

export interface XmppEdge extends Service {
  status(): XmppEdgeStatus
}

export interface XmppEdgeStatus {
  readonly local: { address: string; port: number }
  readonly open: number
  readonly refused: number
  readonly clients: readonly ClientStreamStatus[]
}

/** Expressway: takes XMPP clients on 5222 (STARTTLS first) and hands what they say to the XCP link. */
export async function startXmppEdge(options: XmppEdgeOptions): Promise<XmppEdge> {
  const { environment, port = 5222, address } = options
  const identity = options.identity ?? (() => environment.identity)
  if (identity() === undefined) throw new Error('XMPP clients need a server certificate')
  const clients = new Set<XmppClientStream>()
  const listener = await environment.network.listenTcp({
    port,
    protocol: 'XMPP',
    ...(address === undefined ? {} : { address }),
    onConnection: (connection) => {
      const client: XmppClientStream = new XmppClientStream({
        connection,
        environment,
        link: options.link,
        domains: options.domains,
        identity: identity()!,
        authenticationMs: options.authenticationMs ?? 30_000,
        onProtocolViolation: () =>
          options.onFailure?.({ category: 'xmpp-intrusion', source: connection.remote.address }),
        onClosed: () => clients.delete(client),
      })
      clients.add(client)
    },
  })
  const stopped = service('XMPP clients', async () => {
    for (const client of clients) client.close('system-shutdown')
    await listener.stop()
  })
  return {
    ...stopped,
    [Symbol.asyncDispose]: stopped.stop,
    status: () => ({
      local: listener.local,
      open: listener.open,
      refused: listener.refused,
      clients: [...clients].map((client) => client.status()),
    }),
  }
}
