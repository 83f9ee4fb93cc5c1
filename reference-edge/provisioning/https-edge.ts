import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Endpoint, HttpRequest, HttpResponse } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import type { ReportFailure } from '../protection/failure-category.ts'
import { type HttpAnswerFacts, httpFailure } from '../protection/http-failure.ts'
import { endToEndHeaders, headerRecord, lengthWithoutBody } from '../protocol/http/forwarded-headers.ts'
import { answerText, requestText } from '../logging/http-message.ts'
import { logTlsError, tlsTowardsClients } from '../protocol/tls-clients.ts'
import { decodeEdgePath } from './edge-path.ts'

export interface HttpsEdgeOptions {
  readonly environment: HostEnvironment
  /** Gives a stream to the Control for one exchange; rejects where no tunnel is up. */
  readonly tunnel: { open(client: Endpoint): Promise<Connection> }
  /** Domains the Control serves, as it last told; undefined: none has told any yet. */
  readonly domains: () => readonly string[] | undefined
  /** Default 8443. */
  readonly port?: number
  readonly address?: string
  /** Told of what the automated protection counts. */
  readonly onFailure?: ReportFailure
}

export interface HttpsEdgeStatus {
  readonly local: Endpoint
  readonly connections: number
  /** Connections turned away because of a limit. */
  readonly refused: number
  /** Answers since the start, by the one who made them. */
  readonly answers: { readonly expressway: number; readonly control: number }
}

export interface HttpsEdge extends Service {
  readonly local: Endpoint
  status(): HttpsEdgeStatus
}

/**
 * The Expressway's HTTPS server for clients. It ends TLS, checks the shape of the path and its domain, and writes
 * each request anew into a tunnel of the Control, who decides everything else. Nothing is retried: one request in is
 * at most one request out.
 */
export async function startHttpsEdge(options: HttpsEdgeOptions): Promise<HttpsEdge> {
  const { environment, port = 8443, address } = options
  const { network, identity } = environment
  if (identity === undefined) throw new Error('the HTTPS edge needs a server certificate')
  const relay = new Relay(options)
  const log = environment.log.child('network.https')
  const listener = await network.listenHttp({
    port,
    ...(address === undefined ? {} : { address }),
    tls: tlsTowardsClients(identity, log, 'HTTPS'),
    onTlsError: (error, remote) => logTlsError(log, 'HTTPS', port, error, remote),
    limits: { bodyBytes: largestBody },
    handler: (request) => relay.answer(request),
    onUnreadable: ({ address }, status) => relay.report(address, { status, isOwn: true, hasCredentials: false }),
  })
  const { name, local } = listener
  return {
    name,
    local,
    stop: () => listener.stop(),
    [Symbol.asyncDispose]: () => listener.stop(),
    status: () => ({ local, connections: listener.open, refused: listener.refused, answers: { ...relay.answers } }),
  }
}

const largestBody = 1024 * 1024
/** Longer than the Control waits for a server inside, so that its own answer arrives. */
const controlAnswerMs = 25_000

/** Set by proxies; from a client they are only claims. The Control learns the address from the tunnel's channel. */
const clientClaims = [
  'host',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'client-ip',
  'via',
  'date',
]

class Relay {
  readonly answers = { expressway: 0, control: 0 }
  #exchanges = 0
  readonly #options: HttpsEdgeOptions

  constructor(options: HttpsEdgeOptions) {
    this.#options = options
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    const debug = this.#debugOf(request)
    debug?.('Receive Request', () => requestText(request))
    const response = await this.#decide(request)
    debug?.('Sending Response', () => answerText(response))
    const { authorization, cookie } = request.headers
    this.report(request.remote.address, {
      status: response.status,
      isOwn: response.headers['Server'] === ownName,
      hasCredentials: authorization !== undefined || cookie !== undefined,
    })
    return response
  }

  report(source: string, answer: HttpAnswerFacts): void {
    const category = httpFailure(answer)
    if (category !== undefined) this.#options.onFailure?.({ category, source })
  }

  /** What the HTTP proxy says of one exchange with a client where its module is at DEBUG. */
  #debugOf({ remote }: HttpRequest): ((detail: string, message: () => string) => void) | undefined {
    const log = this.#options.environment.log.child('developer.trafficserver')
    if (!log.isDebugWanted) return undefined
    const id = ++this.#exchanges
    return (detail, message) =>
      log.debug(detail, {
        'Txn-id': id,
        'Src-ip': remote.address,
        'Src-port': remote.port,
        HTTPMSG: message(),
      })
  }

  async #decide(request: HttpRequest): Promise<HttpResponse> {
    const path = decodeEdgePath(request.target)
    if (path.kind === 'malformed') return this.#refuse(request, badRequest(), path.why)
    const domains = this.#options.domains()
    if (domains === undefined) return this.#refuse(request, nextHopFailed(), 'no Control has told its domains yet')
    if (!domains.some((domain) => domain.toLowerCase() === path.domain)) {
      return this.#refuse(request, forbidden(), `${path.domain} is not a domain of the edge`)
    }
    try {
      const response = await this.#relay(request, path.domain)
      this.answers.control += 1
      return response
    } catch (error) {
      return this.#refuse(request, nextHopFailed(), (error as Error).message)
    }
  }

  async #relay({ method, target, headers, body, remote }: HttpRequest, domain: string): Promise<HttpResponse> {
    const { environment, tunnel } = this.#options
    await using client = environment.network.httpClient(() => tunnel.open(remote))
    const own = { Host: `vcs_control.${domain}:8443`, Date: environment.clocks.wall.now().toUTCString() }
    const answer = await client.send({
      method,
      target,
      headers: { ...own, ...endToEndHeaders(headers, clientClaims), Connection: 'close' },
      ...(body.length === 0 && !('content-length' in headers) ? {} : { body }),
      timeoutMs: controlAnswerMs,
    })
    const { status, reason } = answer
    return {
      status,
      reason,
      headers: { ...endToEndHeaders(headerRecord(answer.rawHeaders)), ...lengthWithoutBody(method, answer) },
      body: answer.body,
      ...(status === 403 ? { close: true } : {}),
    }
  }

  #refuse({ remote }: HttpRequest, response: HttpResponse, detail: string): HttpResponse {
    this.answers.expressway += 1
    this.#options.environment.log.child('network.http.trafficserver').warn('Sending HTTP error response', {
      Status: response.status,
      Reason: response.reason,
      'Dst-ip': remote.address,
      'Dst-port': remote.port,
      Detail: detail,
    })
    return response
  }
}

function badRequest(): HttpResponse {
  return ownAnswer(400, 'Bad Request')
}

function forbidden(): HttpResponse {
  return ownAnswer(403, 'Forbidden')
}

function nextHopFailed(): HttpResponse {
  return ownAnswer(502, 'Next Hop Connection Failed')
}

function ownAnswer(status: number, reason: string): HttpResponse {
  return { status, reason, headers: { Connection: 'close', Server: ownName, 'Content-Length': '0' } }
}

/** As the Expressway calls itself in its own answers; the Control is `CE_C`. */
const ownName = 'CE_E'
