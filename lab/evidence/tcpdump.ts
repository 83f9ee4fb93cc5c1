import { spawn } from 'node:child_process'
import { waitFor } from '#runtime/wait.ts'

export interface RunningTcpdump {
  /** Ends it, with what it has captured by now; how many packets the kernel has kept from it, if it says so. */
  stop(): Promise<number | undefined>
}

/**
 * Starts tcpdump on the loopback interface, writing to `path`; resolves when it listens.
 * @throws an error that says why, where tcpdump is missing or not permitted
 */
export async function startTcpdump(path: string, words: readonly string[]): Promise<RunningTcpdump> {
  const child = spawn('tcpdump', ['-i', 'lo', '-n', '-w', path, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
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
      child.kill('SIGINT')
      await exited
      const dropped = /(\d+) packets? dropped by kernel/.exec(says)?.[1]
      return dropped === undefined ? undefined : Number(dropped)
    },
  }
}
