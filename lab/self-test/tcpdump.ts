import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { waitFor } from '#runtime/wait.ts'

/** tcpdump on the loopback interface, already listening. */
export interface RunningTcpdump {
  /** Ends it when everything sent so far is in the file. */
  stop(): Promise<void>
}

/**
 * Starts tcpdump for a network, for example `127.79.0.0/16`.
 * @throws an error that says why, where tcpdump is missing or not permitted
 */
export async function startTcpdump(path: string, network: string): Promise<RunningTcpdump> {
  // Room for a thousand of the largest packets: by default it is eight.
  const room = ['--immediate-mode', '-U', '-s', '70000', '-B', '65536']
  const child = spawn('tcpdump', ['-i', 'lo', ...room, '-n', '-w', path, 'net', network], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let says = ''
  let failure: Error | undefined
  child.once('error', (error) => (failure = error))
  child.stderr.on('data', (text: Buffer) => (says += text.toString()))
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await waitFor('tcpdump to listen', () => {
    if (failure !== undefined) throw failure
    if (child.exitCode !== null) throw new Error(`tcpdump: ${says.trim()}`)
    return says.includes('listening on')
  })
  return {
    async stop() {
      await seen(path, network)
      child.kill('SIGINT')
      await exited
      const dropped = /(\d+) packets? dropped by kernel/.exec(says)?.[1] ?? 'some'
      if (dropped !== '0') throw new Error(`tcpdump lost ${dropped} packets: nothing can be compared`)
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
