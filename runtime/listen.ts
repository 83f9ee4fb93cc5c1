import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type {
  Connection,
  ConnectionLimits,
  Endpoint,
  HostNetwork,
  Listener,
  ListenOptions,
  ServerTls,
} from './network.ts'
import { connectionOf, secured } from './connection.ts'
import { service } from './service.ts'
import { endpointText } from './tap.ts'
import { verifyError } from './verify-error.ts'
import { whenFree } from './when-free.ts'

export type ListenContext = Pick<HostNetwork, 'addresses' | 'trust' | 'trace' | 'clocks' | 'guard'>

/** Accepts TCP connections on one of the host's own addresses; resolves when reachable. */
export function listenTcp(context: ListenContext, options: ListenOptions): Promise<Listener> {
  return acceptOn(context, options, options.onConnection)
}

/** Accepts TLS connections; `onConnection` is called after the handshake. */
export function listenTls(context: ListenContext, options: ListenOptions & { tls: ServerTls }): Promise<Listener> {
  const secureContext = contextOf(options.tls, context.trust)
  return acceptOn(context, options, (plain) => {
    handshake(context, plain, options.tls, secureContext, options.limits?.handshakeMs).then(
      options.onConnection,
      (error: Error) => options.onTlsError?.(error, plain.remote),
    )
  })
}

/** Runs the handshake as the server on a connection that began in clear. */
export function startTlsAsServer(
  context: ListenContext,
  plain: Connection,
  tls: ServerTls,
  handshakeMs?: number,
): Promise<Connection> {
  return handshake(context, plain, tls, contextOf(tls, context.trust), handshakeMs)
}

/** Counts connections per source, and turns away what exceeds a limit. */
class Admission {
  readonly #perSource = new Map<string, number>()
  readonly #limits: Required<Pick<ConnectionLimits, 'perSource' | 'total' | 'expected'>>
  #strangers = 0
  open = 0
  refused = 0

  constructor(limits: ConnectionLimits = {}) {
    const { perSource = 200, total = 10_000, expected = [] } = limits
    this.#limits = { perSource, total, expected }
  }

  admit(socket: Socket): boolean {
    const source = socket.remoteAddress ?? ''
    const count = this.#perSource.get(source) ?? 0
    const isStranger = !this.#limits.expected.includes(source)
    const isFull = isStranger && this.#strangers >= this.#limits.total
    if (source === '' || count >= this.#limits.perSource || isFull) {
      this.refused++
      return false
    }
    this.#perSource.set(source, count + 1)
    this.open++
    if (isStranger) this.#strangers++
    socket.once('close', () => {
      this.open--
      if (isStranger) this.#strangers--
      const left = this.#perSource.get(source)! - 1
      if (left === 0) this.#perSource.delete(source)
      else this.#perSource.set(source, left)
    })
    return true
  }
}

/** Hands on each connection that the guard and the limits let in; waits for a port that is about to be free. */
export function acceptOn(
  context: ListenContext,
  options: ListenOptions,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  return whenFree(context.clocks.monotonic, () => bind(context, options, onConnection))
}

function bind(
  context: ListenContext,
  options: ListenOptions,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const local: Endpoint = { address: options.address ?? context.addresses[0]!, port: options.port }
  const admission = new Admission(options.limits)
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    socket.on('error', () => {})
    if (!context.guard.admits(socket)) return
    if (!admission.admit(socket)) return void socket.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    onConnection(connectionOf(socket, false, options.protocol, context.trace))
  })
  return new Promise((resolve, reject) => {
    server.once('error', (cause: Error & { code?: string }) =>
      reject(
        Object.assign(
          new Error(`cannot listen on ${endpointText(local)} for ${options.protocol}: ${cause.message}`, { cause }),
          {
            code: cause.code,
          },
        ),
      ),
    )
    server.listen({ host: local.address, port: local.port, backlog: 511 }, () => {
      const bound = server.address() as { port: number }
      const stopped = service(`${options.protocol} ${endpointText(local)}`, async () => {
        const closed = new Promise<void>((done) => server.close(() => done()))
        for (const socket of sockets) socket.destroy()
        context.guard.release((arrival) => arrival.local.port === bound.port && arrival.local.address === local.address)
        await closed
      })
      resolve({
        ...stopped,
        [Symbol.asyncDispose]: stopped.stop,
        protocol: options.protocol,
        local: { address: local.address, port: bound.port },
        get open() {
          return admission.open
        },
        get refused() {
          return admission.refused
        },
      })
    })
  })
}

function contextOf(tls: ServerTls, trust: readonly string[]): SecureContext {
  return createSecureContext({
    key: tls.identity.key,
    cert: tls.identity.cert,
    ca: [...(tls.trust ?? trust)],
    minVersion: 'TLSv1.2',
  })
}

function handshake(
  { trace, clocks }: ListenContext,
  plain: Connection,
  tls: ServerTls,
  secureContext: SecureContext,
  handshakeMs = 10_000,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const stream = new TLSSocket(plain.stream as Socket, {
      isServer: true,
      secureContext,
      requestCert: tls.requestClientCertificate === true,
      rejectUnauthorized: false,
    })
    const fail = (error: Error) => {
      limit.cancel()
      stream.destroy()
      plain.destroy()
      reject(error)
    }
    const limit = clocks.monotonic.after(handshakeMs, () =>
      fail(new Error(`no TLS handshake within ${handshakeMs} ms`)),
    )
    const closed = () => fail(new Error('closed during the TLS handshake'))
    stream.on(
      'keylog',
      (line: Buffer) => trace.hasBytes && trace.record({ kind: 'secret', connection: plain.id, bytes: line }),
    )
    stream.once('error', fail)
    stream.once('close', closed)
    stream.once('secure', () => {
      limit.cancel()
      stream.removeListener('error', fail)
      stream.removeListener('close', closed)
      stream.disableRenegotiation()
      const peerCertificate = stream.getPeerX509Certificate()
      const problem = peerCertificate === undefined ? 'no client certificate' : chainProblem(stream)
      if (tls.refusesUnverified === true && peerCertificate !== undefined && problem !== undefined)
        return fail(new Error(`client certificate of ${oneLine(peerCertificate.subject)} not accepted: ${problem}`))
      if (peerCertificate !== undefined && problem === undefined) tls.onVerified?.(peerCertificate, plain.remote)
      resolve(
        secured(
          plain,
          stream,
          {
            isAuthorized: problem === undefined,
            protocol: stream.getProtocol() ?? '',
            ...(problem === undefined ? {} : { problem }),
            ...(peerCertificate === undefined ? {} : { peerCertificate }),
          },
          trace,
        ),
      )
    })
  })
}

const oneLine = (name: string) => name.replaceAll('\n', ', ')

/** OpenSSL's verdict on the client's chain. */
function chainProblem(stream: TLSSocket): string | undefined {
  const error = verifyError(stream)
  return error === null ? undefined : (error.code ?? error.message)
}
