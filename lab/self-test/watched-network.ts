import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { waitFor } from '#runtime/wait.ts'
import { startTcpdump } from '../evidence/tcpdump.ts'

/** tcpdump on everything of a network, already listening. */
export interface WatchedNetwork {
  /** Ends it when everything sent so far is in the file; throws where packets are missing from it. */
  stop(): Promise<void>
}

/**
 * Starts tcpdump for a network, for example `127.79.0.0/16`.
 * @throws an error that says why, where tcpdump is missing or not permitted
 */
export async function watchNetwork(path: string, network: string): Promise<WatchedNetwork> {
  // Room for a thousand of the largest packets: by default it is eight.
  const room = ['--immediate-mode', '-U', '-s', '70000', '-B', '65536']
  const tcpdump = await startTcpdump(path, [...room, 'net', network])
  return {
    async stop() {
      await seen(path, network)
      const dropped = (await tcpdump.stop()) ?? 'some'
      if (dropped !== 0) throw new Error(`tcpdump lost ${dropped} packets: nothing can be compared`)
    },
  }
}

/** A last datagram that is in the file when everything before it is. It leaves by itself: no host of ours sends it. */
async function seen(path: string, network: string): Promise<void> {
  const mark = `last datagram ${process.pid}`
  const socket = createSocket('udp4')
  await new Promise<void>((sent) => socket.send(mark, markPort, network.replace(/0\/\d+$/, '254'), () => sent()))
  socket.close()
  await waitFor('tcpdump to write the last datagram', () => readFileSync(path).includes(mark))
}

/** Port of the datagram that ends a capture: `udp.port != 9` leaves it out. */
export const markPort = 9
