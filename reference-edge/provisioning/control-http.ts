import type { Duplex } from 'node:stream'
import type { HostEnvironment } from '#runtime/host.ts'
import type { HttpRequest, HttpResponse, StreamEnds } from '#runtime/network.ts'
import { headerText } from '../protocol/http/forwarded-headers.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import { badRequest, forbidden } from './control-answers.ts'
import type { CredentialCache } from './credential-cache.ts'
import { answerEdgeConfiguration } from './edge-configuration-server.ts'
import type { ExpresswayPeer } from './edge-configuration.ts'
import { decodeEdgePath } from './edge-path.ts'
import { proxyInside } from './inside-proxy.ts'
import { OriginClients } from './origin-clients.ts'
import type { ProvisioningSession } from './provisioning-sessions.ts'

/** The part of the Control's configuration that this path obeys; asked anew for each request. */
export interface ControlHttpConfiguration {
  readonly domains: readonly EdgeDomain[]
  /** Expressways whose provisioning exchange succeeded. */
  readonly expressways: readonly ExpresswayPeer[]
  /** HTTP server allow list as entered: host names and addresses. */
  readonly allowList: readonly string[]
  /** Networks that are never servers inside, besides the Control's own addresses: the hosts' private loopback. */
  readonly refusedNetworks: readonly string[]
  /** Whether certificates of servers inside are verified when proxying (from X14.2 on; default no). */
  readonly originTlsVerify?: boolean
}

export interface EdgeDomain {
  readonly name: string
  /** SIP registrations and provisioning on Unified CM. */
  readonly sip: boolean
  readonly imAndPresence: boolean
}

export interface ControlHttpOptions {
  readonly environment: HostEnvironment
  readonly configuration: () => ControlHttpConfiguration
  readonly cache: CredentialCache
  /** Discovered nodes of Unified CM and IM and Presence, as they are now. */
  readonly nodes: () => readonly DiscoveredNode[]
  /** Node with the user's data, known since the sign-in (`UdsAuthentication.home`). */
  readonly homeOf: (user: string) => DiscoveredNode | undefined
}

export interface ControlHttpStatus {
  readonly provisioningSessions: readonly ProvisioningSession[]
  /** Answers since the start by status code. */
  readonly answers: Readonly<Record<string, number>>
}

export interface ControlHttp extends AsyncDisposable {
  /** Takes a channel of a tunnel: hand it to `startSshTunnelClient` as `onChannel`. */
  accept(stream: Duplex, ends: StreamEnds): void
  status(): ControlHttpStatus
}

/**
 * The Control's HTTP server behind the tunnels. It treats the Expressway as hostile: path and domain are checked
 * again, and every decision about users and servers is made here.
 */
export function startControlHttp(options: ControlHttpOptions): ControlHttp {
  const { network } = options.environment
  const origins = new OriginClients(network, () => options.configuration().originTlsVerify === true)
  const answers: Record<string, number> = {}
  const server = network.httpOnStreams(async (request) => {
    const response = await answer(options, origins, request)
    answers[response.status] = (answers[response.status] ?? 0) + 1
    return response
  })
  return {
    accept: (stream, ends) => server.accept(stream, ends),
    status: () => ({ provisioningSessions: options.cache.sessions(), answers: { ...answers } }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await origins.close()
    },
  }
}

async function answer(
  options: ControlHttpOptions,
  origins: OriginClients,
  request: HttpRequest,
): Promise<HttpResponse> {
  const path = decodeEdgePath(request.target)
  if (path.kind === 'malformed') return badRequest()
  if (!isOfThisMinute(request, options)) return forbidden()
  const isServed = options
    .configuration()
    .domains.some(({ name, sip, imAndPresence }) => name.toLowerCase() === path.domain && (sip || imAndPresence))
  if (!isServed) return forbidden()
  if (path.kind === 'edge') return answerEdgeConfiguration(options, request, path)
  const target = path.rest.startsWith('/') ? path.rest : `/${path.rest}`
  return proxyInside(options, origins, { request, origin: path, target })
}

/**
 * Both VCSs have to be synchronised (guide, "403 Forbidden" responses for any service requests): the Expressway's Date
 * may be a minute off (guide gap: ours). It has whole seconds, hence so is the own time.
 */
function isOfThisMinute({ headers }: HttpRequest, { environment }: ControlHttpOptions): boolean {
  const { clocks, log } = environment
  const date = headerText(headers['date'])
  const here = Math.floor(clocks.wall.now().getTime() / 1_000) * 1_000
  const offMs = Math.abs(here - Date.parse(date ?? ''))
  if (offMs <= largestClockDifferenceMs) return true
  log.child('network.http.trafficserver').warn('Request Rejected', {
    Detail: 'Access denied',
    Reason: Number.isNaN(offMs) ? 'No Date' : `The clock of the Expressway differs by ${offMs / 1_000} s`,
  })
  return false
}

const largestClockDifferenceMs = 60_000
