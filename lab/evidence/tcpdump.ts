import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { sendStrayDatagram } from '#runtime/stray-datagram.ts'
import { waitFor } from '#runtime/wait.ts'

export interface TcpdumpOptions {
  /** Options of tcpdump: how much of each packet, how large its buffer. */
  readonly words: readonly string[]
  /** What is captured, in pcap's language; the mark is captured besides. */
  readonly filter: string
  /** An address on the loopback interface; the datagram that ends the capture goes there. */
  readonly markAddress: string
}

export interface RunningTcpdump {
  /**
   * Ends it when all that was sent so far stands in the file: the kernel hands over packets when it likes, so a last
   * datagram is waited for.
   * @throws where packets are missing from the file
   */
  stop(): Promise<void>
}

/** Port of the datagram that ends a capture: `udp.port != 9` leaves it out. */
export const markPort = 9

/**
 * Starts tcpdump on the loopback interface, writing to `path`; resolves when it listens.
 * @throws an error that says why, where tcpdump is missing or not permitted
 */
export async function startTcpdump(path: string, options: TcpdumpOptions): Promise<RunningTcpdump> {
  const { words, filter, markAddress } = options
  const mark = randomBytes(6).toString('hex')
  const wanted = `(${filter}) or (udp dst port ${markPort} and dst host ${markAddress})`
  const child = spawn('tcpdump', ['-i', 'lo', '-n', '-w', path, ...words, wanted], {
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
      try {
        await sendStrayDatagram(mark, markPort, markAddress)
        await waitFor('tcpdump to write the last datagram', () => {
          // One that has as many packets as it may have is done.
          if (child.exitCode !== null) return true
          child.kill('SIGUSR2')
          return endsWith(path, mark)
        })
      } finally {
        child.kill('SIGINT')
        await exited
      }
      const dropped = /(\d+) packets? dropped by kernel/.exec(says)?.[1] ?? 'an unknown number of'
      if (dropped !== '0') throw new Error(`tcpdump missed ${dropped} packets`)
    },
  }
}

/** Whether the text stands near the end of a file; behind it are strangers' packets at most. */
async function endsWith(path: string, text: string): Promise<boolean> {
  await using file = await open(path)
  const { size } = await file.stat()
  const tail = Buffer.alloc(Math.min(size, tailBytes))
  await file.read(tail, 0, tail.length, size - tail.length)
  return tail.includes(text)
}

const tailBytes = 1024 * 1024
