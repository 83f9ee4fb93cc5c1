import type { RunningTcpdump } from '../evidence/tcpdump.ts'
import { startTcpdump } from '../evidence/tcpdump.ts'

/**
 * Starts tcpdump for everything of a network, for example `127.79.0.0/16`.
 * @throws an error that says why, where tcpdump is missing or not permitted
 */
export function watchNetwork(path: string, network: string): Promise<RunningTcpdump> {
  // Room for a thousand of the largest packets: by default it is eight.
  const words = ['--immediate-mode', '-s', '70000', '-B', '65536']
  return startTcpdump(path, { words, filter: `net ${network}`, markAddress: network.replace(/0\/\d+$/, '254') })
}
