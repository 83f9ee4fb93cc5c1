import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls'
import type { SecureContext, TLSSocketOptions } from 'node:tls'
import type { Socket } from 'node:net'
import { secured } from './connection.ts'
import type { DialContext } from './dial.ts'
import { DialFailed, dialTcp } from './dial.ts'
import type { ListenContext } from './listen.ts'
import { acceptOn } from './listen.ts'
import type { Connection, DialOptions, Listener, ListenOptions, PreSharedKey } from './network.ts'
import { endpointText } from './tap.ts'

/**
 * TLS 1.2 with ECDHE_PSK (RFC 5489, RFC 7905): who has no key gets no further, a certificate is neither shown nor taken,
 * and somebody who only listens cannot try keys (with the binder of TLS 1.3 he could).
 */
const contextOptions = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const

/** Connects and shows that both have the key; rejects with `DialFailed`, code MRA_KEY_REFUSED where they have not. */
export async function dialWithKey(
  context: DialContext,
  options: DialOptions & { key: PreSharedKey },
): Promise<Connection> {
  const plain = await dialTcp(context, options)
  const { identity, key } = options.key
  const stream = connectTls({
    socket: plain.stream,
    secureContext: createSecureContext(contextOptions),
    pskCallback: () => ({ identity, psk: key }),
    // There is no certificate whose name could be checked.
    checkServerIdentity: () => undefined,
  })
  const says = `TLS with a pre-shared key to ${endpointText(plain.remote)}`
  return handshake(context, plain, { stream, done: 'secureConnect' }, options.timeoutMs).catch((error: Error) => {
    const { code = 'MRA_TLS_FAILED' } = error as { code?: string }
    throw new DialFailed(`${says}: ${error.message}`, refusals.has(code) ? 'MRA_KEY_REFUSED' : code, error)
  })
}

/** Accepts connections of those who have the key; `onConnection` is called after the handshake. */
export function listenWithKey(
  context: ListenContext,
  options: ListenOptions & { key: PreSharedKey },
): Promise<Listener> {
  const secureContext = createSecureContext(contextOptions)
  return acceptOn(context, options, (plain) => {
    const stream = serverSide(plain, secureContext, options.key)
    handshake(context, plain, { stream, done: 'secure' }, options.limits?.handshakeMs).then(
      options.onConnection,
      (error: Error) => options.onTlsError?.(error, plain.remote),
    )
  })
}

function serverSide(plain: Connection, secureContext: SecureContext, { identity, key }: PreSharedKey): TLSSocket {
  const options: TLSSocketOptions & { pskCallback: (socket: TLSSocket, identity: string) => Uint8Array | null } = {
    isServer: true,
    secureContext,
    pskCallback: (_socket, given) => (given === identity ? key : null),
  }
  return new TLSSocket(plain.stream as Socket, options)
}

function handshake(
  { trace, clocks }: Pick<ListenContext, 'trace' | 'clocks'>,
  plain: Connection,
  { stream, done }: { stream: TLSSocket; done: 'secure' | 'secureConnect' },
  limitMs = 10_000,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      limit.cancel()
      stream.destroy()
      plain.destroy()
      reject(error)
    }
    const closed = () => fail(new Error('closed during the TLS handshake'))
    const limit = clocks.monotonic.after(limitMs, () => fail(new Error(`no TLS handshake within ${limitMs} ms`)))
    stream.on(
      'keylog',
      (line: Buffer) => trace.hasBytes && trace.record({ kind: 'secret', connection: plain.id, bytes: line }),
    )
    stream.once('error', fail)
    stream.once('close', closed)
    stream.once(done, () => {
      limit.cancel()
      stream.removeListener('error', fail)
      stream.removeListener('close', closed)
      if (done === 'secure') stream.disableRenegotiation()
      resolve(secured(plain, stream, { isAuthorized: true, protocol: stream.getProtocol() ?? '' }, trace))
    })
  })
}

/** How OpenSSL tells that the other side has another key, or knows no such identity. */
const refusals: ReadonlySet<string> = new Set([
  'ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC',
  'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_PSK_IDENTITY',
  'ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR',
])
