import { createSocket } from 'node:dgram'

/** Sends a datagram of no host: from whatever address the kernel chooses, into no trace. Resolves when it is sent. */
export function sendStrayDatagram(text: string, port: number, address: string): Promise<void> {
  const socket = createSocket('udp4')
  return new Promise<void>((resolve, reject) =>
    socket.send(text, port, address, (error) => (error === null ? resolve() : reject(error))),
  ).finally(() => socket.close())
}
