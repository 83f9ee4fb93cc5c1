import type { Clocks } from '#runtime/clock.ts'
import type { Connection } from '#runtime/network.ts'

/**
 * Ends a connection so that the last words arrive: what the other side still sends is read and thrown away (unread
 * bytes would turn the end into a reset), for at most a second.
 */
export function endGently({ stream, destroy }: Connection, clocks: Clocks, lastWords = ''): void {
  if (stream.destroyed) return
  const limit = clocks.monotonic.after(lingerMs, destroy)
  stream.once('close', () => limit.cancel())
  stream.resume()
  stream.end(lastWords)
}

const lingerMs = 1_000
