import { Client } from 'undici'
import type { Dispatcher } from 'undici'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import type { NameCheck } from './certificate-rule.ts'

export interface WebOrigin {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** How the certificate is judged; by the host's name where absent. */
  readonly nameCheck?: NameCheck
}

export interface WebRequest {
  readonly method?: string
  /** Path and query. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Default 10 000. */
  readonly timeoutMs?: number
}

export interface WebAnswer {
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

interface Origin {
  readonly client: Client
  connection: Connection | undefined
}

/** HTTP/1.1 of an endpoint: one kept connection for each origin, every message in the trace. */
export class WebClient {
  readonly #network: HostNetwork
  readonly #origins = new Map<string, Origin>()

  constructor(network: HostNetwork) {
    this.#network = network
  }

  /** Rejects where no connection comes about; its `code` tells a bad certificate from a dead host. */
  send(origin: WebOrigin, request: WebRequest): Promise<WebAnswer> {
    const entry = this.#origin(origin)
    return new Promise((resolve, reject) => {
      entry.client.dispatch(
        {
          path: request.target,
          method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
          headers: { host: authorityOf(origin), ...request.headers },
          body: request.body ?? null,
          headersTimeout: request.timeoutMs ?? defaultTimeoutMs,
          bodyTimeout: request.timeoutMs ?? defaultTimeoutMs,
        },
        exchange(() => entry.connection, origin, request, resolve, reject),
      )
    })
  }

  async close(): Promise<void> {
    const clients = [...this.#origins.values()].map(({ client }) => client)
    this.#origins.clear()
    await Promise.all(clients.map((client) => client.destroy()))
  }

  #origin(origin: WebOrigin): Origin {
    const key = keyOf(origin)
    const known = this.#origins.get(key)
    if (known !== undefined) return known
    const entry: Origin = {
      connection: undefined,
      client: new Client(`${origin.scheme}://${authorityOf(origin)}`, {
        pipelining: 1,
        connect: (_options, done) => {
          this.#dial(origin).then(
            (connection) => {
              entry.connection = connection
              // undici asks no more of it than any duplex stream has.
              done(null, connection.stream as never)
            },
            (error: Error) => done(error, null),
          )
        },
      }),
    }
    this.#origins.set(key, entry)
    return entry
  }

  async #dial({ scheme, host, port, nameCheck }: WebOrigin): Promise<Connection> {
    const [address = host] = await this.#network.resolver.addresses(host)
    const to = { address, port }
    if (scheme === 'http') return this.#network.dialTcp({ to, protocol: 'HTTP' })
    const tls = { serverName: host, ...(nameCheck === undefined ? {} : { checkName: nameCheck }) }
    return this.#network.dialTls({ to, protocol: 'HTTPS', tls })
  }
}

const defaultTimeoutMs = 10_000
const largestBody = 4 * 1024 * 1024

function keyOf({ scheme, host, port }: WebOrigin): string {
  return `${scheme}://${host.toLowerCase()}:${port}`
}

/** RFC 9110 §7.2: the scheme's own port is left out. */
function authorityOf({ scheme, host, port }: WebOrigin): string {
  return port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`
}

function exchange(
  connection: () => Connection | undefined,
  origin: WebOrigin,
  request: WebRequest,
  resolve: (answer: WebAnswer) => void,
  reject: (error: Error) => void,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = []
  let size = 0
  let head = { status: 0, reason: '', headers: {} as WebAnswer['headers'] }
  return {
    onRequestStart() {
      const { method = 'GET', target, headers = {}, body = '' } = request
      const text = `${method} ${target} HTTP/1.1\r\n${headerLines({ host: authorityOf(origin), ...headers })}\r\n${body}`
      connection()?.traceMessage('sent', 'HTTP', `${method} ${target}`, text)
    },
    onResponseStart(_controller, status, headers, reason = '') {
      head = { status, reason, headers }
    },
    onResponseData(controller, chunk) {
      size += chunk.length
      if (size > largestBody)
        return controller.abort(new Error(`answer to ${request.target} exceeds ${largestBody} bytes`))
      chunks.push(chunk)
    },
    onResponseEnd() {
      const body = Buffer.concat(chunks)
      const text = `HTTP/1.1 ${head.status} ${head.reason}\r\n${headerLines(head.headers)}\r\n`
      const bytes = Buffer.concat([Buffer.from(text), body])
      connection()?.traceMessage('received', 'HTTP', `${head.status} ${head.reason}`, bytes)
      resolve({ ...head, body })
    },
    onResponseError(_controller, error) {
      reject(error)
    },
  }
}

function headerLines(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  return Object.entries(headers)
    .flatMap(([name, value]) => [value ?? []].flat().map((text) => `${name}: ${text}\r\n`))
    .join('')
}
