import type { Host, StartHost } from '#runtime/host.ts'
import type { LogGate } from '#runtime/log.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { TestAuthority } from '../certificates/authority.fixture.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { linkSecret } from './link-secret.ts'
import type { XcpLinkClient } from './xcp-link-client.ts'
import { startXcpLinkClient } from './xcp-link-client.ts'
import type { XcpLinkServer } from './xcp-link-server.ts'
import { startXcpLinkServer } from './xcp-link-server.ts'
import type { FailureReport } from '../protection/failure-category.ts'
import type { XmppEdge, XmppEdgeOptions } from './xmpp-edge.ts'
import { startXmppEdge } from './xmpp-edge.ts'

/** Expressway, Control and IM and Presence on the addresses of one lab number. */
export interface MessagingPath extends AsyncDisposable {
  readonly address: Readonly<Record<'edge' | 'control' | 'imp' | 'client', string>>
  readonly authority: TestAuthority
  readonly edge: TestHost
  readonly control: TestHost
  readonly client: TestHost
  readonly imp: Host
  readonly linkServer: XcpLinkServer
  readonly linkClient: XcpLinkClient
  readonly xmpp: XmppEdge
  /** Domains with IM and Presence on, at both VCSs. */
  readonly domains: string[]
  /** Sources of failed SASL tries. */
  readonly failures: FailureReport[]
  /** Calls a management method of the IM and Presence node. */
  call<T>(method: string, parameters?: unknown): Promise<T>
}

export interface PathOptions {
  readonly maximumSessions?: number
  readonly xmpp?: Partial<XmppEdgeOptions>
  /** Before the records of both VCSs. */
  readonly logGate?: LogGate
}

export const linkSecretOfTest = linkSecret({ username: 'exampleauth', password: 'made up for this test' })

/** `startImp` starts an IM and Presence node: the edge's own files do not know the simulators. */
export async function startMessagingPath(
  startImp: StartHost,
  lab: number,
  options: PathOptions = {},
): Promise<MessagingPath> {
  await using partial = new AsyncDisposableStack()
  const address = {
    edge: `127.${lab}.2.10`,
    control: `127.${lab}.3.10`,
    imp: `127.${lab}.3.30`,
    client: `127.${lab}.1.71`,
  }
  const authority = testAuthority()
  const domains = ['example.com']
  const failures: FailureReport[] = []
  const trust = [authority.certificate]
  const host = (name: string, at: string, ...others: string[]) => {
    const fqdn = `${name}.example.com`
    return testHost({
      name,
      address: at,
      trust,
      identity: authority.issue({ commonName: fqdn, names: [fqdn, ...others] }),
      ...(options.logGate === undefined ? {} : { logGate: options.logGate }),
    })
  }
  const edge = host('vcse1', address.edge, 'example.com')
  const control = host('vcsc1', address.control)
  const impHost = host('imp1', address.imp, 'example.com')
  const client = testHost({ name: 'jabber', address: address.client, trust })
  const { signal } = new AbortController()
  const imp = partial.use(await startImp(impHost.environment, impConfiguration, signal))
  const linkServer = partial.use(
    await startXcpLinkServer({
      environment: edge.environment,
      peerName: () => 'vcsc1.example.com',
      secret: () => linkSecretOfTest,
      ...(options.maximumSessions === undefined ? {} : { maximumSessions: options.maximumSessions }),
    }),
  )
  const xmpp = partial.use(
    await startXmppEdge({
      environment: edge.environment,
      link: linkServer,
      domains: () => domains,
      onFailure: (failure) => failures.push(failure),
      ...options.xmpp,
    }),
  )
  const { xcpSecret } = impConfiguration
  const linkClient = partial.use(
    startXcpLinkClient({
      environment: control.environment,
      edges: () => [{ name: 'vcse1.example.com', address: address.edge, isTls: true, secret: linkSecretOfTest }],
      nodes: () => [{ name: 'imp1.example.com', address: address.imp, isTls: false, secret: xcpSecret }],
      domains: () => domains,
    }),
  )
  await waitFor('the XCP path', () => linkServer.isAvailable, { lastSeen: () => linkClient.status() })
  const owned = partial.move()
  return {
    address,
    authority,
    edge,
    control,
    client,
    imp,
    linkServer,
    linkClient,
    xmpp,
    domains,
    failures,
    call: async <T>(method: string, parameters: unknown = {}) =>
      (await imp.management[method]!(parameters as never)) as T,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const impConfiguration = {
  domain: 'example.com',
  users: ['alice', 'bob', 'carol'].map((userId) => ({ userId, password: `${userId}-password` })),
  xcpSecret: 'secret of the component',
  axl: { user: 'axl', password: 'axl-password' },
}
