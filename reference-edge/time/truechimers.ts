/** A server's answer as an interval in which the true offset lies. */
export interface Candidate {
  readonly offsetMs: number
  readonly distanceMs: number
  readonly stratum: number
}

/**
 * RFC 5905 §11.2.1: the servers whose intervals share a point with those of most others; the rest are falsetickers.
 * Empty where no such majority exists. Best first: lowest stratum, then shortest distance, then the given order.
 */
export function truechimers<Server extends Candidate>(servers: readonly Server[]): Server[] {
  let best: Server[] = []
  for (const { offsetMs, distanceMs } of servers) {
    // Where most intervals meet, one of them begins.
    const point = offsetMs - distanceMs - leastDistanceMs
    const agreeing = servers.filter((other) => Math.abs(other.offsetMs - point) <= other.distanceMs + leastDistanceMs)
    if (agreeing.length > best.length) best = agreeing
  }
  if (best.length * 2 <= servers.length) return []
  return best.sort((one, other) => one.stratum - other.stratum || one.distanceMs - other.distanceMs)
}

/** Clocks with millisecond ticks on a busy machine are not closer than this. */
const leastDistanceMs = 50
