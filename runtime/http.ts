import { Agent, createServer, request as sendRequest } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type {
  Connection,
  HostNetwork,
  HttpAnswer,
  HttpClient,
  HttpHandler,
  HttpLimits,
  HttpListenOptions,
  HttpOnStreams,
  HttpRequest,
  HttpResponse,
  HttpSendOptions,
  Listener,
  StreamEnds,
} from './network.ts'
import type { WallClock } from './clock.ts'
import { listenTcp, listenTls } from './listen.ts'

type HttpContext = Pick<HostNetwork, 'trace' | 'clocks'>
type HttpListenContext = HttpContext & Pick<HostNetwork, 'addresses' | 'trust' | 'guard'>

/** An HTTP/1.1 server with whole messages: a request is parsed, handled, and the answer written anew. */
export async function listenHttp(context: HttpListenContext, options: HttpListenOptions): Promise<Listener> {
  const http = httpOnStreams(context, options.handler, options.limits, options.onUnreadable)
  const { address, port, limits, tls, onTlsError } = options
  const listening = {
    ...(address === undefined ? {} : { address }),
    ...(limits === undefined ? {} : { limits }),
    ...(onTlsError === undefined ? {} : { onTlsError }),
    port,
    protocol: tls === undefined ? 'HTTP' : 'HTTPS',
    onConnection: (connection: Connection) => http.acceptConnection(connection),
  }
  const listener = await (tls === undefined ? listenTcp(context, listening) : listenTls(context, { ...listening, tls }))
  return Object.defineProperties({} as Listener, {
    ...Object.getOwnPropertyDescriptors(listener),
    stop: {
      value: async () => {
        await http[Symbol.asyncDispose]()
        await listener.stop()
      },
    },
    [Symbol.asyncDispose]: {
      async value(this: Listener) {
        await this.stop()
      },
    },
  })
}

interface HttpServer extends HttpOnStreams {
  acceptConnection(connection: Connection): void
}

export function httpOnStreams(
  context: HttpContext,
  handler: HttpHandler,
  limits: HttpLimits = {},
  onUnreadable: HttpListenOptions['onUnreadable'] = () => {},
): HttpServer {
  const ends = new WeakMap<Duplex, StreamEnds>()
  const serving = { handler, bodyBytes: limits.bodyBytes ?? 1024 * 1024, wall: context.clocks.wall, onUnreadable }
  const server = createServer(
    {
      maxHeaderSize: 64 * 1024,
      headersTimeout: limits.headMs ?? 30_000,
      requestTimeout: limits.headMs ?? 30_000,
      connectionsCheckingInterval: Math.min(1_000, (limits.headMs ?? 30_000) / 2),
      requireHostHeader: true,
      keepAliveTimeout: 30_000,
    },
    (incoming, outgoing) => {
      const from = ends.get(incoming.socket)
      void answer(incoming, outgoing, from ?? nowhere, serving)
    },
  )
  // Node arms its head deadline when a server starts to listen; this one is fed by hand.
  server.emit('listening')
  const refused = new WeakSet<Duplex>()
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    // What comes behind unreadable bytes is unreadable too: it is taken in, or the answer would be lost in a reset.
    if (refused.has(socket)) return
    refused.add(socket)
    const limit = context.clocks.monotonic.after(lingerMs, () => socket.destroy())
    socket.once('close', () => limit.cancel())
    const status = refuseUnreadable(error, socket)
    if (status !== undefined) onUnreadable((ends.get(socket) ?? nowhere).remote, Number.parseInt(status, 10))
  })
  const feed = (stream: Duplex) => {
    stream.on('error', () => {})
    server.emit('connection', stream)
  }
  return {
    accept(stream, streamEnds) {
      ends.set(stream, streamEnds)
      feed(stream)
    },
    acceptConnection(connection) {
      ends.set(connection.stream, connection)
      feed(connection.stream)
    },
    [Symbol.asyncDispose]: () => closeServer(server),
  }
}

/** How long an answer to unreadable bytes may take to be delivered. */
const lingerMs = 1_000

const nowhere = { local: { address: '', port: 0 }, remote: { address: '', port: 0 } }

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  // Emits 'close' and clears the interval armed above although nothing listens.
  return new Promise((resolve) => server.close(() => resolve()))
}

/** Answers what cannot be parsed; undefined where nobody is there to read an answer. */
function refuseUnreadable(error: Error & { code?: string }, socket: Duplex): string | undefined {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return undefined
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  return status
}

interface Serving {
  readonly handler: HttpHandler
  readonly bodyBytes: number
  readonly wall: WallClock
  readonly onUnreadable: NonNullable<HttpListenOptions['onUnreadable']>
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  from: StreamEnds,
  { handler, bodyBytes, wall, onUnreadable }: Serving,
): Promise<void> {
  const body = await readBody(incoming, bodyBytes).catch(() => undefined)
  if (body === undefined) return void outgoing.destroy()
  const refuse = (status: 400 | 413) => {
    onUnreadable(from.remote, status)
    send(outgoing, { status, headers: {}, close: true }, from, wall.now())
  }
  if (body === 'too large') return refuse(413)
  const request: HttpRequest = {
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    headers: incoming.headers,
    body,
    local: from.local,
    remote: from.remote,
  }
  from.traceMessage?.('received', 'HTTP', `${request.method} ${request.target}`, wholeRequest(incoming, body))
  if (hasTwoHosts(incoming)) return refuse(400)
  const response = await handler(request).catch((error: unknown): HttpResponse => {
    process.emitWarning(error instanceof Error ? error : new Error(String(error)))
    return { status: 500, headers: {} }
  })
  send(outgoing, response, from, wall.now())
}

function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length > 1
}

function send(outgoing: ServerResponse, response: HttpResponse, from: StreamEnds, now: Date): void {
  if (outgoing.destroyed) return
  const body = Buffer.from((response.body ?? '') as string)
  const headers: Array<[string, string | readonly string[]]> = Object.entries(response.headers)
  outgoing.shouldKeepAlive &&= response.close !== true
  const has = (name: string) => headers.some(([present]) => present.toLowerCase() === name)
  if (!has('content-length') && !has('transfer-encoding') && response.status !== 204) {
    headers.push(['Content-Length', String(body.length)])
  }
  // Written out so that the trace holds what the wire holds.
  if (!has('date')) headers.push(['Date', now.toUTCString()])
  if (!has('connection')) headers.push(['Connection', outgoing.shouldKeepAlive ? 'keep-alive' : 'close'])
  for (const [name, value] of headers) outgoing.setHeader(name, value as string | string[])
  if (response.reason !== undefined) outgoing.statusMessage = response.reason
  outgoing.statusCode = response.status
  outgoing.end(body)
  if (from.traceMessage === undefined) return
  const reason = outgoing.statusMessage
  const head = headers.map(([name, value]) => `${name}: ${String(value)}\r\n`).join('')
  const bytes = Buffer.concat([Buffer.from(`HTTP/1.1 ${response.status} ${reason}\r\n${head}\r\n`), body])
  from.traceMessage('sent', 'HTTP', `${response.status} ${reason}`, bytes)
}

function wholeRequest(incoming: IncomingMessage, body: Buffer): Buffer {
  const head = `${incoming.method} ${incoming.url} HTTP/${incoming.httpVersion}\r\n${headerLines(incoming.rawHeaders)}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

function headerLines(rawHeaders: readonly string[]): string {
  let text = ''
  for (let index = 0; index < rawHeaders.length; index += 2)
    text += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`
  return text
}

async function readBody(message: IncomingMessage, limit: number): Promise<Buffer | 'too large'> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return 'too large'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A client for one origin over kept connections; one request in is at most one request out. */
export function httpClient(context: HttpContext, connect: () => Promise<Duplex | Connection>): HttpClient {
  const connections = new WeakMap<Duplex, Connection>()
  const agent = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 8 })
  const open = async (): Promise<Duplex> => {
    const opened = await connect()
    if (!('stream' in opened)) return opened
    connections.set(opened.stream, opened)
    return opened.stream
  }
  Object.assign(agent, {
    createConnection(_options: unknown, done: (error: Error | null, stream?: Duplex) => void) {
      open().then(
        (stream) => done(null, stream),
        (error: Error) => done(error),
      )
    },
  })
  const close = async () => agent.destroy()
  return {
    close,
    [Symbol.asyncDispose]: close,
    send: (options) => exchange(agent, connections, context, options),
  }
}

const defaultAnswerMs = 10_000

function exchange(
  agent: Agent,
  connections: WeakMap<Duplex, Connection>,
  { clocks }: HttpContext,
  { method, target, headers = {}, body, timeoutMs = defaultAnswerMs, signal }: HttpSendOptions,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.from(body as string)
    const outgoing = sendRequest({
      agent,
      method,
      path: target,
      setHost: false,
      headers: {
        ...(headers as Record<string, string | string[]>),
        ...(bytes === undefined ? {} : { 'Content-Length': String(bytes.length) }),
      },
      ...(signal === undefined ? {} : { signal }),
    })
    const limit = clocks.monotonic.after(timeoutMs, () =>
      outgoing.destroy(
        Object.assign(new Error(`no answer to ${method} ${target} within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }),
      ),
    )
    const traceSent = (socket: Socket) => {
      const head = `${method} ${target} HTTP/1.1\r\n${headerLines(Object.entries(outgoing.getHeaders()).flatMap(([name, value]) => [name, String(value)]))}\r\n`
      const connection = connections.get(socket)
      connection?.traceMessage(
        'sent',
        'HTTP',
        `${method} ${target}`,
        Buffer.concat([Buffer.from(head), bytes ?? Buffer.alloc(0)]),
      )
    }
    outgoing.once('socket', traceSent)
    outgoing.once('error', (error) => {
      limit.cancel()
      reject(error)
    })
    outgoing.once('response', (incoming) => {
      // A kept connection leaves its message when the body ends.
      const connection = connections.get(incoming.socket)
      readBody(incoming, answerBytes).then(
        (received) => {
          limit.cancel()
          if (received === 'too large') {
            incoming.destroy()
            return reject(new Error(`answer to ${method} ${target} exceeds ${answerBytes} bytes`))
          }
          const status = incoming.statusCode ?? 0
          const reason = incoming.statusMessage ?? ''
          const head = Buffer.from(`HTTP/1.1 ${status} ${reason}\r\n${headerLines(incoming.rawHeaders)}\r\n`, 'latin1')
          connection?.traceMessage('received', 'HTTP', `${status} ${reason}`, Buffer.concat([head, received]))
          resolve({ status, reason, headers: incoming.headers, rawHeaders: incoming.rawHeaders, body: received })
        },
        (error: Error) => {
          limit.cancel()
          reject(error)
        },
      )
    })
    outgoing.end(bytes)
  })
}

const answerBytes = 16 * 1024 * 1024
