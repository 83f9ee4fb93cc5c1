import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startTcpdump } from '../evidence/tcpdump.ts'

/** Audio as tshark counts it in a capture of what arrives at both ends of the calls. */
export interface CapturedAudio {
  readonly streams: number
  readonly packets: number
  readonly lost: number
}

/** Ports that load hosts have for RTP. */
const mediaPorts = '16384-24383'

/** tcpdump, which writes down the heads of packets on their way to the load hosts. */
export interface AudioCapture {
  /** Ends it, and has tshark judge; throws where packets are missing from the capture itself. */
  judge(): Promise<CapturedAudio>
}

/**
 * Begins to capture; resolves when tcpdump listens. `most`: packets after which it stops by itself.
 * @throws an error that says why where tcpdump is missing or not permitted
 */
export async function captureAudio(path: string, addresses: readonly string[], most: number): Promise<AudioCapture> {
  const towards = addresses.map((address) => `dst host ${address}`).join(' or ')
  const filter = `udp dst portrange ${mediaPorts} and (${towards})`
  // 14 of Ethernet, 20 of IP, 8 of UDP, 12 of RTP. Room for seconds in which tcpdump gets no processor.
  const words = ['-s', '54', '-B', '131072', '-c', String(most), '-Z', 'root']
  const tcpdump = await startTcpdump(path, { words, filter, markAddress: addresses[0]! })
  return {
    async judge() {
      await tcpdump.stop()
      return countStreams(path)
    },
  }
}

async function countStreams(path: string): Promise<CapturedAudio> {
  const options = ['-n', '-r', path, '-d', `udp.port==${mediaPorts},rtp`, '-q', '-z', 'rtp,streams']
  const { stdout } = await promisify(execFile)('tshark', options, { maxBuffer: 64 * 1024 * 1024 })
  return readStreams(stdout)
}

/** Reads tshark's table of RTP streams: … SSRC, payload, packets, `lost (share%)` … */
export function readStreams(table: string): CapturedAudio {
  let [streams, packets, lost] = [0, 0, 0]
  for (const line of table.split('\n')) {
    const row = /\s0x[0-9A-F]{8}\s+(?:\S.*?)\s+(\d+)\s+(-?\d+) \(-?[\d.]+%\)/i.exec(line)
    if (row === null) continue
    streams++
    packets += Number(row[1])
    lost += Math.max(0, Number(row[2]))
  }
  return { streams, packets, lost }
}
