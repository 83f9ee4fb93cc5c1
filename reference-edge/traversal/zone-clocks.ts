import type { WallClock } from '#runtime/clock.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import type { SipMessage } from '../protocol/sip/message.ts'

/**
 * Compares the clocks at the other end of a traversal zone with ours, by the Date of their messages; raises alarm 25022
 * where any of them differs. Peers are told apart by a name or address; a zone with one needs none.
 */
export class ZoneClocks {
  readonly #wall: WallClock
  readonly #alarms: AlarmPanel | undefined
  readonly #zoneName: () => string
  readonly #differences = new Map<string, number>()

  constructor(wall: WallClock, alarms: AlarmPanel | undefined, zoneName: () => string) {
    this.#wall = wall
    this.#alarms = alarms
    this.#zoneName = zoneName
  }

  /** How far the other clock was ahead of ours at its last message; nothing where that peer is not there. */
  status(peer = ''): { readonly clockDifferenceSeconds?: number } {
    const seconds = this.#differences.get(peer)
    return seconds === undefined ? {} : { clockDifferenceSeconds: seconds }
  }

  /** Of the peer whose clock is the farthest off. */
  worst(): { readonly clockDifferenceSeconds?: number } {
    const [seconds] = [...this.#differences.values()].toSorted((one, other) => Math.abs(other) - Math.abs(one))
    return seconds === undefined ? {} : { clockDifferenceSeconds: seconds }
  }

  note(message: SipMessage, peer = ''): void {
    const date = Date.parse(message.first('date') ?? '')
    if (Number.isNaN(date)) return
    this.#differences.set(peer, Math.round((date - this.#wall.now().getTime()) / 1_000))
    this.#judge()
  }

  /** That peer is gone, or all are where none is named: nothing is known of their clocks. */
  forget(peer?: string): void {
    if (peer === undefined) this.#differences.clear()
    else this.#differences.delete(peer)
    this.#judge()
  }

  #judge(): void {
    const isAnyOff = [...this.#differences.values()].some((seconds) => Math.abs(seconds) > toleratedSeconds)
    this.#alarms?.set(25022, isAnyOff, this.#zoneName())
  }
}

/** What the check of signed requests over the zone tolerates (ours; the guide gives no number). */
export const toleratedSeconds = 60
