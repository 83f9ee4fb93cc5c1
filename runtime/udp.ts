import { createSocket } from 'node:dgram'
import type { HostNetwork, UdpOptions, UdpPort } from './network.ts'
import { endpointText } from './tap.ts'

/** Binds a UDP port on one of the host's own addresses; with a trace of bytes each datagram is recorded. */
export function openUdp(
  context: Pick<HostNetwork, 'addresses' | 'trace' | 'guard'>,
  options: UdpOptions,
): Promise<UdpPort> {
  const { trace, guard } = context
  const address = options.address ?? context.addresses[0]!
  const socket = createSocket({ type: 'udp4', reuseAddr: false })
  return new Promise((resolve, reject) => {
    const refused = (error: Error) => {
      socket.close()
      reject(error)
    }
    socket.once('error', refused)
    socket.bind({ address, port: options.port, exclusive: true }, () => {
      socket.removeListener('error', refused)
      // An ICMP refusal of an earlier datagram is no reason to stop.
      socket.on('error', () => {})
      const local = { address, port: socket.address().port }
      const record = (direction: 'sent' | 'received', remote: string, bytes: Uint8Array) =>
        trace.record({
          kind: 'segment',
          direction,
          transport: 'udp',
          connection:
            direction === 'sent' ? `udp/${endpointText(local)}/${remote}` : `udp/${remote}/${endpointText(local)}`,
          local: endpointText(local),
          remote,
          protocol: options.protocol,
          bytes,
        })
      socket.on('message', (datagram, from) => {
        if (!guard.admitsDatagram(from, local)) return
        if (trace.hasBytes) record('received', `${from.address}:${from.port}`, datagram)
        options.onMessage(datagram, from)
      })
      let closing: Promise<void> | undefined
      resolve({
        local,
        send(datagram, port, to) {
          if (closing !== undefined) return
          if (trace.hasBytes) record('sent', `${to}:${port}`, datagram)
          socket.send(datagram, port, to, () => {})
        },
        close: () => (closing ??= new Promise<void>((done) => socket.close(() => done()))),
      })
    })
  })
}
