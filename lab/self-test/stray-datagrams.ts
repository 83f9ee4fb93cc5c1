import { createSocket } from 'node:dgram'
import { seededRandom } from '#runtime/random.ts'

export interface StrayDatagram {
  readonly bytes: Buffer
  readonly from: { readonly address: string; readonly port: number }
}

/** A UDP socket of somebody who has no business here, and what came back to it. */
export interface StraySocket {
  readonly received: readonly StrayDatagram[]
  send(bytes: Uint8Array, to: { address: string; port: number }): void
  close(): void
}

export function openUdp(address: string): Promise<StraySocket> {
  const socket = createSocket('udp4')
  const received: StrayDatagram[] = []
  socket.on('message', (bytes, { address: source, port }) => received.push({ bytes, from: { address: source, port } }))
  // A refusal of ICMP is no answer of the host.
  socket.on('error', () => {})
  return new Promise((resolve) => {
    socket.bind({ address, port: 0 }, () =>
      resolve({
        received,
        send: (bytes, to) => socket.send(bytes, to.port, to.address),
        close: () => void socket.close(),
      }),
    )
  })
}

/** A STUN binding request (RFC 5389). */
export const stunBinding = Buffer.from('000100002112a442000102030405060708090a0b', 'hex')

/** The start of a DTLS 1.2 ClientHello (security class 21: no answer). */
export const dtlsHello = Buffer.concat([
  Buffer.from('16feff00000000000000000036010000 2a000000000000002afefd'.replaceAll(' ', ''), 'hex'),
  Buffer.alloc(40, 7),
])

const noise = seededRandom('rtp')

/** RTP of payload type 0 with 160 bytes of noise and a tag that fits no key. */
export function rtpPacket(index: number): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt8(0x80, 0)
  header.writeUInt16BE(index & 0xffff, 2)
  header.writeUInt32BE(index * 160, 4)
  header.writeUInt32BE(0x0badcafe, 8)
  return Buffer.concat([header, noise.bytes(170)])
}
