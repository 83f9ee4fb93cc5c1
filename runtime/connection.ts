import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Connection, Endpoint, TlsFacts } from './network.ts'
import type { Trace } from './trace.ts'
import { endpointText, WireTap } from './tap.ts'

interface ConnectionParts {
  readonly stream: Duplex
  readonly id: string
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly protocol: string
  readonly trace: Trace
  readonly tls?: TlsFacts
}

/** Wraps a connected TCP socket; with a trace of bytes its traffic is recorded as it is on the wire. */
export function connectionOf(socket: Socket, dialled: boolean, protocol: string, trace: Trace): Connection {
  const local = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 }
  const remote = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
  const [from, to] = dialled ? [local, remote] : [remote, local]
  const id = `tcp/${endpointText(from)}/${endpointText(to)}`
  socket.setNoDelay(true)
  trace.record({
    kind: 'open',
    direction: dialled ? 'sent' : 'received',
    transport: 'tcp',
    connection: id,
    local: endpointText(local),
    remote: endpointText(remote),
    protocol,
  })
  const stream = trace.hasBytes ? new WireTap(socket, { id, local, remote, protocol }, trace) : socket
  return makeConnection({ stream, id, local, remote, protocol, trace })
}

/** The same connection after its TLS handshake. */
export function secured(connection: Connection, stream: TLSSocket, tls: TlsFacts, trace: Trace): Connection {
  const { id, local, remote } = connection
  return makeConnection({ stream, id, local, remote, protocol: 'TLS', trace, tls })
}

function makeConnection({ stream, id, local, remote, trace, tls }: ConnectionParts): Connection {
  // A stream nobody listens to any more must not take the process down with it.
  stream.on('error', () => {})
  return {
    stream,
    id,
    local,
    remote,
    ...(tls === undefined ? {} : { tls }),
    traceMessage(direction, protocol, summary, bytes) {
      if (!trace.hasMessages) return
      trace.record({
        kind: 'message',
        direction,
        transport: 'tcp',
        connection: id,
        local: endpointText(local),
        remote: endpointText(remote),
        protocol,
        summary,
        bytes,
      })
    },
    destroy: () => void stream.destroy(),
  }
}
