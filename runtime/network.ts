import type { Duplex } from 'node:stream'
import type { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import type { Resolver } from './resolve.ts'
import type { Trace, TraceDirection } from './trace.ts'
import type { Clocks } from './clock.ts'
import type { ConnectionGuard } from './connection-guard.ts'
import type { Endpoint } from './endpoint.ts'
import type { Random } from './random.ts'
import type { Service } from './service.ts'

export type { Endpoint }

/** PEM texts: private key and certificate (with the intermediates behind it). */
export interface TlsIdentity {
  readonly key: string
  readonly cert: string
}

/** What a TLS handshake told about the other side. */
export interface TlsFacts {
  /** The chain leads to a trusted CA (and, on the dialling side, the name fits). */
  readonly isAuthorized: boolean
  /** Why not, in OpenSSL's word, for example SELF_SIGNED_CERT_IN_CHAIN. */
  readonly problem?: string
  readonly peerCertificate?: X509Certificate
  readonly protocol: string
  readonly serverName?: string
}

/** A TCP or TLS connection of this host; the stream is ready for use. */
export interface Connection {
  readonly stream: Duplex
  /** The same text at both ends: `tcp/<dialler>/<acceptor>`. */
  readonly id: string
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly tls?: TlsFacts
  /** Puts a decoded message into the trace. */
  traceMessage(direction: TraceDirection, protocol: string, summary: string, bytes: Uint8Array | string): void
  /** Ends at once. */
  destroy(): void
}

export interface DialOptions {
  readonly to: Endpoint
  /** What the connection is for: SIP, HTTP, XMPP, SSH, XCP … (shown in the trace). */
  readonly protocol: string
  /** Another of the host's own addresses; the first one otherwise. */
  readonly from?: string
  /** First and last source port; the kernel's choice otherwise. */
  readonly sourcePorts?: readonly [number, number]
  /** Default 10 000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface ClientTls {
  /** Sent as SNI and checked against the certificate; an IP address is checked but not sent. */
  readonly serverName: string
  /** Trusted CAs, PEM; the host's own trust list otherwise. */
  readonly trust?: readonly string[]
  /** Client certificate for mutual TLS. */
  readonly identity?: TlsIdentity
  /** Instead of Node's RFC 6125 name check: an error where the name does not fit. */
  readonly checkName?: (serverName: string, certificate: PeerCertificate) => Error | undefined
  /** True: any certificate is taken (TLS verify mode Off). */
  readonly acceptAny?: boolean
}

export interface ServerTls {
  readonly identity: TlsIdentity
  /** Ask for a client certificate; whether it is good stands in `tls.isAuthorized`. */
  readonly requestClientCertificate?: boolean
  /** With it: who shows a certificate that cannot be verified is refused; who shows none is served. */
  readonly refusesUnverified?: boolean
  /** Told of each client certificate that was verified. */
  readonly onVerified?: (certificate: X509Certificate, remote: Endpoint) => void
  readonly trust?: readonly string[]
}

/** What both sides of a connection know and nobody else: TLS without certificates (RFC 4279). */
export interface PreSharedKey {
  /** Names the key to the other side, in clear. */
  readonly identity: string
  /** At least 16 random bytes, or stretched from what somebody typed. */
  readonly key: Uint8Array
}

export interface ListenOptions {
  /** Another of the host's own addresses; the first one otherwise. */
  readonly address?: string
  readonly port: number
  readonly protocol: string
  readonly onConnection: (connection: Connection) => void
  /** TLS handshakes that failed, for logs and alarms. */
  readonly onTlsError?: (error: Error, remote: Endpoint) => void
  readonly limits?: ConnectionLimits
}

export interface ConnectionLimits {
  /** Default 200 (guide gap: ours). */
  readonly perSource?: number
  /** Default 10 000. */
  readonly total?: number
  /** IP addresses that are expected: their connections are not counted in the total, which strangers may use up. */
  readonly expected?: readonly string[]
  /** Default 10 000 ms. */
  readonly handshakeMs?: number
}

export interface Listener extends Service {
  readonly local: Endpoint
  readonly protocol: string
  /** Connections now open. */
  readonly open: number
  /** Connections turned away because of a limit. */
  readonly refused: number
}

export interface UdpOptions {
  readonly address?: string
  /** 0: the kernel's choice. */
  readonly port: number
  readonly protocol: string
  readonly onMessage: (datagram: Buffer, from: Endpoint) => void
}

export interface UdpPort {
  readonly local: Endpoint
  send(datagram: Uint8Array, port: number, address: string): void
  close(): Promise<void>
}

export interface HttpRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  /** Lower-case names; values of repeated headers joined as Node does. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly remote: Endpoint
  readonly local: Endpoint
}

export interface HttpResponse {
  readonly status: number
  readonly reason?: string
  /** In the order to send; Content-Length and Date are added where missing. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body?: Uint8Array | string
  /** Close the connection behind the answer. */
  readonly close?: boolean
}

export interface HttpAnswer {
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Name, value, name, value … as received. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>

export interface HttpListenOptions {
  readonly address?: string
  readonly port: number
  readonly tls?: ServerTls
  /** TLS handshakes that failed. */
  readonly onTlsError?: (error: Error, remote: Endpoint) => void
  readonly handler: HttpHandler
  readonly limits?: ConnectionLimits & HttpLimits
  /** Told of requests that never reached the handler because they could not be read: 400, 408, 413, 431. */
  readonly onUnreadable?: (remote: Endpoint, status: number) => void
}

export interface HttpLimits {
  /** Default 1 MiB. */
  readonly bodyBytes?: number
  /** Absolute deadline for a whole head, default 30 000 ms. */
  readonly headMs?: number
}

export interface HttpSendOptions {
  readonly method: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: Uint8Array | string
  /** Default 10 000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** Sends requests to one origin over kept connections. */
export interface HttpClient extends AsyncDisposable {
  send(options: HttpSendOptions): Promise<HttpAnswer>
  close(): Promise<void>
}

/** Where a stream leads, and how its messages get into the trace. */
export interface StreamEnds {
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly traceMessage?: Connection['traceMessage']
}

/** An HTTP server on streams somebody else accepted, for example SSH channels. */
export interface HttpOnStreams extends AsyncDisposable {
  accept(stream: Duplex, ends: StreamEnds): void
}

/**
 * The only way of a program to a socket. Holds the host's own addresses, resolver, trust, trace and limits:
 * every socket it opens leaves from, or listens on, an address of this host.
 */
export interface HostNetwork {
  readonly host: string
  /** The host's own addresses; the first is the default one. */
  readonly addresses: readonly string[]
  readonly resolver: Resolver
  /** Trusted CA certificates, PEM. */
  readonly trust: readonly string[]
  readonly trace: Trace
  readonly clocks: Clocks
  readonly random: Random
  /** Asked before every listener of this host serves anybody. */
  readonly guard: ConnectionGuard
  dialTcp(options: DialOptions): Promise<Connection>
  dialTls(options: DialOptions & { tls: ClientTls }): Promise<Connection>
  /** TLS by a pre-shared key; rejects with `DialFailed`, code MRA_KEY_REFUSED where the other side has another one. */
  dialWithKey(options: DialOptions & { key: PreSharedKey }): Promise<Connection>
  /** TLS over a connection that began in clear (STARTTLS), as its client. */
  startTlsAsClient(connection: Connection, tls: ClientTls): Promise<Connection>
  /** The same as its server. */
  startTlsAsServer(connection: Connection, tls: ServerTls, handshakeMs?: number): Promise<Connection>
  listenTcp(options: ListenOptions): Promise<Listener>
  listenTls(options: ListenOptions & { tls: ServerTls }): Promise<Listener>
  listenWithKey(options: ListenOptions & { key: PreSharedKey }): Promise<Listener>
  /** Rejects with code EADDRINUSE where the port is taken. */
  udp(options: UdpOptions): Promise<UdpPort>
  listenHttp(options: HttpListenOptions): Promise<Listener>
  httpOnStreams(handler: HttpHandler, limits?: HttpLimits): HttpOnStreams
  /** A client for one origin; `connect` gives the streams (dialTcp, dialTls, or an SSH channel). */
  httpClient(connect: () => Promise<Duplex | Connection>): HttpClient
}
