import { X509Certificate } from 'node:crypto'
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls } from 'node:tls'
import type { ClientContexts } from './client-contexts.ts'
import type { ClientTls, Connection, DialOptions, HostNetwork } from './network.ts'
import { connectionOf, secured } from './connection.ts'
import { verifyError } from './verify-error.ts'
import { endpointText } from './tap.ts'

export class DialFailed extends Error {
  readonly code: string
  /** The other side's certificate, where the handshake got so far. */
  readonly peerCertificate: X509Certificate | undefined

  constructor(message: string, code: string, cause: unknown, peerCertificate?: X509Certificate) {
    super(message, { cause })
    this.code = code
    this.peerCertificate = peerCertificate
  }
}

export interface DialContext extends Pick<HostNetwork, 'addresses' | 'trust' | 'trace' | 'random' | 'clocks'> {
  readonly clientContexts: ClientContexts
}

/** Connects from the host's own address. */
export async function dialTcp(context: DialContext, options: DialOptions): Promise<Connection> {
  const socket = await connectFromOwnAddress(context, options)
  return connectionOf(socket, true, options.protocol, context.trace)
}

export async function dialTls(context: DialContext, options: DialOptions & { tls: ClientTls }): Promise<Connection> {
  const plain = await dialTcp(context, options)
  return startTlsAsClient(context, plain, options.tls, options.timeoutMs)
}

/** Runs the handshake as the client; the certificate is verified unless the caller accepts any. */
export function startTlsAsClient(
  context: DialContext,
  plain: Connection,
  tls: ClientTls,
  timeoutMs = defaultTimeoutMs,
): Promise<Connection> {
  const { trace, clocks } = context
  return new Promise((resolve, reject) => {
    let presented: X509Certificate | undefined
    const stream = connectTls({
      socket: plain.stream,
      secureContext: context.clientContexts.of(tls.trust ?? context.trust, tls.identity),
      rejectUnauthorized: tls.acceptAny !== true,
      checkServerIdentity: (_name, certificate) => {
        presented = new X509Certificate(certificate.raw)
        return (tls.checkName ?? checkServerIdentity)(tls.serverName, certificate)
      },
      ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : {}),
    })
    // Before Node's own listener, which destroys the stream where the chain is not good. Node gives a client its peer's
    // certificate once only, and needs it itself for the check of the name.
    stream.prependOnceListener('secure', () => {
      if (verifyError(stream) !== null) presented = stream.getPeerX509Certificate()
    })
    const fail = (error: Error) => {
      limit.cancel()
      stream.destroy()
      plain.destroy()
      const code = (error as { code?: string }).code ?? 'MRA_TLS_FAILED'
      const says = `TLS to ${endpointText(plain.remote)} as ${tls.serverName}: ${error.message}`
      reject(new DialFailed(says, code, error, presented))
    }
    const limit = clocks.monotonic.after(timeoutMs, () => fail(new Error(`no handshake within ${timeoutMs} ms`)))
    stream.on(
      'keylog',
      (line: Buffer) => trace.hasBytes && trace.record({ kind: 'secret', connection: plain.id, bytes: line }),
    )
    stream.once('error', fail)
    stream.once('close', () => fail(new Error('closed during the handshake')))
    stream.once('secureConnect', () => {
      limit.cancel()
      stream.removeListener('error', fail)
      stream.removeAllListeners('close')
      const peerCertificate = presented ?? stream.getPeerX509Certificate()
      const problem = stream.authorizationError as Error | string | null
      resolve(
        secured(
          plain,
          stream,
          {
            isAuthorized: stream.authorized,
            protocol: stream.getProtocol() ?? '',
            serverName: tls.serverName,
            ...(problem ? { problem: problem instanceof Error ? problem.message : problem } : {}),
            ...(peerCertificate === undefined ? {} : { peerCertificate }),
          },
          trace,
        ),
      )
    })
  })
}

/** Source ports are tried at random: a port of a connection just closed may still be held by the kernel. */
async function connectFromOwnAddress(context: DialContext, options: DialOptions): Promise<Socket> {
  const [first, last] = options.sourcePorts ?? [0, 0]
  for (let attempt = 0; ; attempt++) {
    try {
      return await connectOnce(context, options, first === 0 ? 0 : context.random.integer(first, last))
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      const isPortTaken = code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL'
      if (first !== 0 && isPortTaken && attempt < sourcePortAttempts) continue
      throw new DialFailed(
        `${options.protocol} connection to ${endpointText(options.to)} failed: ${(error as Error).message}`,
        code,
        error,
      )
    }
  }
}

function connectOnce(context: DialContext, options: DialOptions, localPort: number): Promise<Socket> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  return new Promise((resolve, reject) => {
    const socket = connectTcp({
      host: options.to.address,
      port: options.to.port,
      localAddress: options.from ?? context.addresses[0]!,
      ...(localPort === 0 ? {} : { localPort }),
    })
    const settle = (act: () => void) => {
      limit.cancel()
      options.signal?.removeEventListener('abort', aborted)
      act()
    }
    const fail = (error: Error) =>
      settle(() => {
        socket.destroy()
        reject(error)
      })
    const aborted = () => fail(new Error('aborted'))
    const limit = context.clocks.monotonic.after(timeoutMs, () =>
      fail(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' })),
    )
    options.signal?.addEventListener('abort', aborted)
    socket.once('error', fail)
    socket.once('connect', () =>
      settle(() => {
        socket.removeListener('error', fail)
        resolve(socket)
      }),
    )
    if (options.signal?.aborted) aborted()
  })
}

const defaultTimeoutMs = 10_000
const sourcePortAttempts = 50
