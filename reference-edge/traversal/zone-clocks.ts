import type { WallClock } from '#runtime/clock.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import type { SipMessage } from '../protocol/sip/message.ts'

/** Compares the clock at the other end of a traversal zone with ours, by the Date of its messages; raises alarm 25022. */
export class ZoneClocks {
  readonly #wall: WallClock
  readonly #alarms: AlarmPanel | undefined
  readonly #zoneName: () => string
  #differenceSeconds: number | undefined

  constructor(wall: WallClock, alarms: AlarmPanel | undefined, zoneName: () => string) {
    this.#wall = wall
    this.#alarms = alarms
    this.#zoneName = zoneName
  }

  /** How far the other clock was ahead of ours at its last message; nothing where the zone is down. */
  status(): { readonly clockDifferenceSeconds?: number } {
    return this.#differenceSeconds === undefined ? {} : { clockDifferenceSeconds: this.#differenceSeconds }
  }

  note(message: SipMessage): void {
    const date = Date.parse(message.first('date') ?? '')
    if (Number.isNaN(date)) return
    this.#differenceSeconds = Math.round((date - this.#wall.now().getTime()) / 1_000)
    this.#alarms?.set(25022, Math.abs(this.#differenceSeconds) > toleratedSeconds, this.#zoneName())
  }

  /** The zone is down: nothing is known of the other clock. */
  forget(): void {
    this.#differenceSeconds = undefined
    this.#alarms?.set(25022, false, this.#zoneName())
  }
}

/** What the check of signed requests over the zone tolerates (ours; the guide gives no number). */
export const toleratedSeconds = 60
