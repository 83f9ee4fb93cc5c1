import type { MonotonicClock } from './clock.ts'

/**
 * Opens a port, and tries again for half a second where it is taken (EADDRINUSE): a program that this process starts holds all
 * its sockets until it has become that program, the ones just closed too.
 */
export async function whenFree<T>(clock: MonotonicClock, open: () => Promise<T>): Promise<T> {
  const end = clock.now() + patienceNs
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE' || clock.now() >= end) throw error
    }
    await new Promise<void>((resolve) => clock.after(pauseMs, resolve))
  }
}

const patienceNs = 500_000_000n
const pauseMs = 20
