import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import type { TraceEvent, TraceLevel } from '#runtime/trace.ts'
import { callbackTraceSink, Trace } from '#runtime/trace.ts'
import type { StaticNatPlace } from './fabric/static-nat.ts'
import { underOneName } from './surroundings.ts'

/** What all hosts and clients of a lab have seen, and what the lab itself has to say beside it. */
export class LabTrace {
  readonly #level: TraceLevel
  readonly #events: TraceEvent[] = []
  #translated: StaticNatPlace | undefined

  constructor(level: TraceLevel) {
    this.#level = level
  }

  /** From now on a host that is reached at another address stands under one name. */
  translatedAt(place: StaticNatPlace): void {
    this.#translated = place
  }

  keep(events: readonly TraceEvent[]): void {
    const place = this.#translated
    // One by one: a long run has more events than a call takes arguments.
    for (const event of events) this.#events.push(place === undefined ? event : underOneName(event, place))
  }

  /** Takes what the sources have new; the value is everything, in the order of the machine's monotonic clock. */
  async gather(sources: readonly { takeTrace(): Promise<TraceEvent[]> }[]): Promise<TraceEvent[]> {
    for (const source of sources) this.keep(await source.takeTrace())
    return this.#events.sort((a, b) => (BigInt(a.at) < BigInt(b.at) ? -1 : 1))
  }

  /** For remarks of the lab at a host's place in the ladder. */
  of(host: string): Trace {
    return new Trace({
      host,
      level: this.#level,
      clocks: { monotonic: realMonotonicClock, wall: new HostWallClock(realMonotonicClock, new Date()) },
      sink: callbackTraceSink((event) => this.#events.push(event)),
    })
  }
}
