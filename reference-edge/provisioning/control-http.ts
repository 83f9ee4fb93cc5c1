import type { Duplex } from 'node:stream'
import type { HttpRequest, HttpResponse, StreamEnds } from '#runtime/network.ts'
import { headerText } from '../protocol/http/forwarded-headers.ts'
import { badRequest, forbidden } from './control-answers.ts'
import type { ControlHttpOptions } from './control-http-options.ts'
import { answerEdgeConfiguration } from './edge-configuration-server.ts'
import { decodeEdgePath } from './edge-path.ts'
import { proxyInside } from './inside-proxy.ts'
import { OriginClients } from './origin-clients.ts'
import type { ProvisioningSession } from './provisioning-sessions.ts'

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
    status: () => ({ provisioningSessions: options.signIns.sessions(), answers: { ...answers } }),
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
