import type { MonotonicClock } from '#runtime/clock.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../../certificates/authority.fixture.ts'
import { checkPeerName } from '../../certificates/peer-name.ts'
import { newBranch } from '../../protocol/sip/branch.ts'
import { SipConnection } from '../../protocol/sip/connection.ts'
import { answerChallenge, hashOfUser, parseChallenge } from '../../protocol/sip/digest.ts'
import {
  createRequest,
  createResponse,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import type { Connection, Endpoint, Listener } from '#runtime/network.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import type { FailureReport } from '../../protection/failure-category.ts'
import { writeCredentialAnswer } from '../../provisioning/service-body.ts'
import { verifyService } from '../../provisioning/service-signature.ts'
import { EdgeMediaRelay } from '../../traversal/media/edge-media-relay.ts'
import type { ConfiguredNeighbor } from '../../dial-plan/neighbor.ts'
import type { AuthenticationPolicy, SipEdgeZone } from './edge-context.ts'
import { CallAdmission } from '../admission.ts'
import { installationSizes } from '../installation-size.ts'
import type { SearchRule } from '../../dial-plan/search-rules.ts'
import type { DnsZone } from '../../dial-plan/partners/dns-zone.ts'
import { startSipEdge } from './sip-edge.ts'

export const places = {
  edge: '127.77.2.10',
  control: '127.77.3.10',
  secondControl: '127.77.3.11',
  client: '127.77.1.71',
  other: '127.77.1.72',
  partner: '127.77.1.90',
}
export const realm = 'vcse1.example.com'
export const edgeRoute = edgeRouteTo(places.control)

/** As get_edge_config of the Control at that address gives it. */
export function edgeRouteTo(control: string): string {
  return `<sip:${control}:5061;transport=tls;zone-id=3;directed;lr>`
}

const passwords: Record<string, string> = { alice: 's3cret', bob: 'b0bs' }

const authority = testAuthority()
const certificates = {
  edge: authority.issue({ commonName: realm, names: [realm] }),
  control: authority.issue({ commonName: 'vcsc1.example.com', names: ['vcsc1.example.com'] }),
  /** Of a cluster whose name is the first Control's. */
  secondControl: authority.issue({
    commonName: 'vcsc2.example.com',
    names: ['vcsc2.example.com', 'vcsc1.example.com'],
  }),
  stranger: authority.issue({ commonName: 'stranger.example.com' }),
  partner: authority.issue({ commonName: 'sip.partner.test', names: ['sip.partner.test'] }),
  untrusted: testAuthority('Another CA').issue({ commonName: 'vcsc1.example.com' }),
}

export type SipEdgeWorld = Awaited<ReturnType<typeof startWorld>>

/** An Expressway's SIP side on loopback; a Control and clients are made by the test. */
export async function startWorld(
  limits: {
    registrations?: number
    calls?: number
    licences?: number
    names?: Record<string, string>
    /** A static NAT address of its only interface. */
    publicAddress?: string
    /** Of the SIP edge, not of the sockets. */
    clock?: MonotonicClock
  } = {},
) {
  await using running = new AsyncDisposableStack()
  const host = testHost({
    name: 'vcse1',
    address: places.edge,
    trust: [authority.certificate],
    identity: certificates.edge,
    ...(limits.names === undefined ? {} : { names: limits.names }),
  })
  const { clocks } = host.environment
  const environment = { ...host.environment, clocks: { ...clocks, monotonic: limits.clock ?? clocks.monotonic } }
  const zone = {
    id: 3,
    name: 'Traversal Zone',
    isSipOn: true,
    port: 7001,
    transport: 'TLS' as const,
    username: 'traversal',
    password: 'z0ne',
    tlsVerify: true,
    tlsVerifySubjectName: 'vcsc1.example.com',
    authenticationPolicy: 'Do not check credentials' as SipEdgeZone['authenticationPolicy'],
  }
  const zones: SipEdgeZone[] = [zone]
  const business = {
    rules: [] as SearchRule[],
    dnsZones: [] as DnsZone[],
    neighbors: [] as ConfiguredNeighbor[],
    policy: 'Do not check credentials' as AuthenticationPolicy,
    isTcpOn: false,
  }
  const settings = {
    challenge: 407 as 401 | 407,
    registrationLimit: limits.registrations ?? 10,
  }
  const admission = new CallAdmission({
    licences: () => ({ traversal: limits.licences ?? 0, nonTraversal: 0 }),
    limits: { ...installationSizes.standard, traversal: limits.calls ?? 10 },
  })
  const failures: FailureReport[] = []
  const { publicAddress = places.edge } = limits
  const namedAddresses = { inner: publicAddress, outer: publicAddress }
  const relay = running.use(await EdgeMediaRelay.start({ network: host.environment.network, namedAddresses }))
  const edge = running.use(
    await startSipEdge({
      environment,
      namedAddresses,
      zones: () => zones,
      ucZone: () => zone,
      settings: () => settings,
      relay,
      admission,
      searchRules: () => business.rules,
      dnsZones: () => business.dnsZones,
      neighbors: () => business.neighbors,
      neighborPolicy: () => business.policy,
      isTcpOn: () => business.isTcpOn,
      control: () => ({ names: [places.control, places.secondControl], zoneId: 3 }),
      onProvisioning: (document) => ({ echo: document }),
      onFailure: (failure) => void failures.push(failure),
    }),
  )
  const components = running.move()
  const dispose = () => components.disposeAsync()
  return { host, edge, relay, zone, zones, business, settings, admission, failures, [Symbol.asyncDispose]: dispose }
}

/** A peer of the edge with a transaction layer of its own, and what it received. */
export class Peer {
  readonly requests: SipRequest[] = []
  readonly acks: SipRequest[] = []
  readonly layer: TransactionLayer
  connection!: SipConnection
  /** Where connections to its own listener came from. */
  readonly accepted: Endpoint[] = []
  closed: string | undefined
  now: () => Date = () => new Date()
  onRequest: (transaction: ServerTransaction) => void
  readonly #host: ReturnType<typeof testHost>

  constructor(host: ReturnType<typeof testHost>, onRequest: (transaction: ServerTransaction) => void) {
    this.#host = host
    this.onRequest = onRequest
    this.layer = new TransactionLayer({
      clock: host.environment.clocks.monotonic,
      user: {
        onRequest: (transaction) => {
          this.requests.push(transaction.request)
          this.onRequest(transaction)
        },
        onAck: (ack) => void this.acks.push(ack),
        onStrayResponse: () => undefined,
      },
    })
  }

  async dial(port: number, identity?: { key: string; cert: string }): Promise<this> {
    const { network } = this.#host.environment
    const raw = await network.dialTls({
      to: { address: places.edge, port },
      protocol: 'SIP',
      tls: { serverName: realm, checkName: checkPeerName, ...(identity === undefined ? {} : { identity }) },
    })
    this.#take(raw, true)
    return this
  }

  async dialTcp(port: number): Promise<this> {
    const to = { address: places.edge, port }
    this.#take(await this.#host.environment.network.dialTcp({ to, protocol: 'SIP' }), true)
    return this
  }

  /** Listens as a client may, with a certificate that nobody knows; every connection replaces the one before. */
  listen(port: number, who: keyof typeof certificates = 'untrusted'): Promise<Listener> {
    return this.#host.environment.network.listenTls({
      port,
      protocol: 'SIP',
      tls: { identity: certificates[who] },
      onConnection: (raw) => {
        this.accepted.push(raw.remote)
        this.#take(raw, false)
      },
    })
  }

  #take(raw: Connection, isDialled: boolean): void {
    const { network } = this.#host.environment
    const connection: SipConnection = new SipConnection(raw, {
      network,
      isDialled,
      onMessage: (message: SipMessage, flow) => this.layer.receive(message, flow),
      onClose: (_, why) => {
        this.closed = why
        this.layer.flowClosed(connection)
      },
    })
    this.connection = connection
  }

  /** Sends in a transaction; gives every response with the final one last. */
  ask(request: SipRequest): Promise<SipResponse[]> {
    const responses: SipResponse[] = []
    return new Promise((resolve, reject) => {
      this.layer.request(request, this.connection, {
        onResponse: (response) => {
          responses.push(response)
          if (response.status >= 200) resolve(responses)
        },
        onTimeout: () => reject(new Error('timeout')),
        onTransportError: () => reject(new Error('connection lost')),
      })
    })
  }

  async final(request: SipRequest): Promise<SipResponse> {
    return (await this.ask(request)).at(-1)!
  }

  request(method: string, requestUri: string, headers: Record<string, string>, body?: string): SipRequest {
    const { random } = this.#host.environment
    const { address, port } = this.connection?.local ?? { address: '127.77.0.1', port: 1 }
    return createRequest({
      method,
      requestUri,
      headers: [
        ['Via', `SIP/2.0/TLS ${address}:${port};branch=${newBranch(random)}`],
        ['Max-Forwards', '70'],
        ...Object.entries({ CSeq: `${random.integer(1, 9999)} ${method}`, ...headers }),
        ...(body === undefined ? [] : ([['Content-Type', 'application/sdp']] as const)),
      ],
      ...(body === undefined ? {} : { body }),
    })
  }
}

export function reply(
  transaction: ServerTransaction,
  status: number,
  reason: string,
  headers: Record<string, string> = {},
  body?: Buffer | string,
): void {
  transaction.respond(
    createResponse(transaction.request, status, reason, {
      toTag: 'far',
      headers: Object.entries(headers),
      ...(body === undefined ? {} : { body }),
    }),
  )
}

/** The other Control of a cluster. */
export function connectSecondControl(): Promise<Peer> {
  return connectControl('secondControl', 'z0ne', 7001, places.secondControl)
}

/** A Control that proves itself, verifies SERVICE, and registers whoever comes. */
export async function connectControl(
  who: keyof typeof certificates = 'control',
  password = 'z0ne',
  port = 7001,
  address = places.control,
): Promise<Peer> {
  const host = testHost({ name: 'vcsc1', address, trust: [authority.certificate] })
  const control: Peer = new Peer(host, (transaction) => answerAsControl(transaction, control.now()))
  await control.dial(port, certificates[who])
  const options = () =>
    control.request('OPTIONS', `sip:${realm}:${port};transport=tls`, {
      From: '<sip:c>;tag=c',
      To: `<sip:${realm}>`,
      'Call-ID': host.environment.random.uuid(),
    })
  const challenged = await control.final(options())
  const again = options()
  const challenge = parseChallenge(challenged.first('www-authenticate') ?? '')!
  const credentials = answerChallenge(
    challenge,
    { method: 'OPTIONS', uri: again.requestUri },
    { username: 'traversal', secret: { password } },
    { nonceCount: 1, cnonce: 'c' },
  )
  const answer = await control.final(again.set('Authorization', credentials))
  if (answer.status !== 200) throw new Error(`zone: ${answer.status}`)
  return control
}

export function answerAsControl(transaction: ServerTransaction, now: Date): void {
  const { request } = transaction
  if (request.method === 'REGISTER') {
    return reply(transaction, 200, 'OK', { Contact: request.first('contact')!, Expires: request.first('expires')! })
  }
  if (request.method !== 'SERVICE') return reply(transaction, 200, 'OK')
  const verdict = verifyService(request, { trust: [authority.certificate], now })
  if (!verdict.ok) return reply(transaction, 403, 'Forbidden', { Warning: `399 vcsc1 "${verdict.reason}"` })
  const user = verdict.check.username
  const password = passwords[user]
  if (password === undefined) return reply(transaction, 403, 'Forbidden')
  const { contentType, body } = writeCredentialAnswer({ ha1: hashOfUser(user, realm, password) })
  reply(transaction, 200, 'OK', { 'Content-Type': contentType }, body)
}

/** A SIP host of another company on the internet, not connected yet. */
export function openPartner(address = places.partner): Peer {
  const host = testHost({ name: 'partner', address, trust: [authority.certificate] })
  return new Peer(host, (transaction) => reply(transaction, 200, 'OK'))
}

/** A client on the internet. */
export async function connectClient(address = places.client): Promise<Peer> {
  const host = testHost({ name: 'client', address, trust: [authority.certificate] })
  return new Peer(host, (transaction) => reply(transaction, 200, 'OK')).dial(5061)
}

export interface Line {
  readonly number: string
  readonly user: string
  readonly password: string
}

export const alice: Line = { number: '1001', user: 'alice', password: 's3cret' }
export const bob: Line = { number: '1002', user: 'bob', password: 'b0bs' }

export function registration(client: Peer, line: Line, changes: Record<string, string> = {}): SipRequest {
  const { address, port } = client.connection.local
  const aor = `<sip:${line.number}@cucm1.example.com>`
  return client.request('REGISTER', 'sip:cucm1.example.com', {
    Route: edgeRoute,
    From: `${aor};tag=r`,
    To: aor,
    'Call-ID': `reg-${address}-${port}-${line.number}`,
    Contact: `<sip:uuid-${line.number}@${address}:${port};transport=tls>`,
    Expires: '120',
    ...changes,
  })
}

let nonceCount = 0

export function proven(request: SipRequest, challenged: SipResponse, line: Line, count = ++nonceCount): SipRequest {
  const value = challenged.first('proxy-authenticate') ?? challenged.first('www-authenticate') ?? ''
  const credentials = answerChallenge(
    parseChallenge(value)!,
    { method: request.method, uri: request.requestUri },
    { username: line.user, secret: { password: line.password } },
    { nonceCount: count, cnonce: 'cnonce' },
  )
  return request.set('Proxy-Authorization', credentials)
}

export async function register(client: Peer, line: Line): Promise<SipResponse> {
  const challenged = await client.final(registration(client, line))
  return client.final(proven(registration(client, line), challenged, line))
}

export const until = waitFor
