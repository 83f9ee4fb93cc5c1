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
  const socket = createSocket({ type: 'udp4', reuseAddr: false, lookup: asGiven, recvBufferSize: wantedBufferBytes })
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
          // Without a callback nothing is scheduled for a datagram that the kernel takes at once.
          socket.send(datagram, port, to)
        },
        close: () => (closing ??= new Promise<void>((done) => socket.close(() => done()))),
      })
    })
  })
}

/** What arrives while the process is busy waits there. The kernel gives what `net.core.rmem_max` allows. */
const wantedBufferBytes = 4 * 1024 * 1024

/** Addresses are given as such: a resolver would only put each datagram off to the next turn of the event loop. */
function asGiven(
  address: string,
  _family: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, 4)
}
