/** Packets behind the newest one that are still told apart as new or seen (RFC 3711 §3.3.2 asks for 64 at least). */
export const replayWindowPackets = 128

/**
 * More synchronisation sources than this under one key are refused. Forgetting one instead would let its packets be
 * replayed. Every hold with music brings two new ones, until the parties change keys.
 */
export const mostSources = 64

/** What is remembered of one synchronisation source: highest packet index and which of the last ones were seen. */
export class SourceState {
  #rollover = 0
  #highest = -1
  readonly #seen = new Uint8Array(replayWindowPackets)

  /**
   * The roll-over counter a packet of this sequence number most likely has (RFC 3711 §3.3.1 and appendix A). -1 for one
   * from before the first packet's counter.
   */
  guessRollover(sequence: number): number {
    const highest = this.#highest
    if (highest < 0) return 0
    if (highest < 0x8000) return sequence - highest > 0x8000 ? this.#rollover - 1 : this.#rollover
    return highest - 0x8000 > sequence ? this.#rollover + 1 : this.#rollover
  }

  /** Whether the packet was seen before or is too old to say. `rollover` is what was guessed for it. */
  isReplay(rollover: number, sequence: number): boolean {
    if (rollover < 0) return true
    if (this.#highest < 0) return false
    const ahead = this.#distance(rollover, sequence)
    if (ahead > 0) return false
    return ahead <= -replayWindowPackets || this.#seen[sequence & windowMask] === 1
  }

  /** Marks the packet as seen; only for packets whose tag was right and that are no replay. */
  accept(rollover: number, sequence: number): void {
    const ahead = this.#highest < 0 ? replayWindowPackets : this.#distance(rollover, sequence)
    if (ahead > 0) {
      if (ahead >= replayWindowPackets) this.#seen.fill(0)
      else for (let step = 1; step < ahead; step++) this.#seen[(sequence - step) & windowMask] = 0
      this.#rollover = rollover
      this.#highest = sequence
    }
    this.#seen[sequence & windowMask] = 1
  }

  /** Packets between the highest seen and this one, negative for one behind it. */
  #distance(rollover: number, sequence: number): number {
    return (rollover - this.#rollover) * 0x10000 + sequence - this.#highest
  }
}

const windowMask = replayWindowPackets - 1

/** The sources under one key. A source is only added when one of its packets was authenticated. */
export class SourceTable {
  readonly #states = new Map<number, SourceState>()
  #lastSsrc = -1
  #lastState: SourceState | undefined
  // What a source not yet known looks like; never written to.
  readonly #unknown = new SourceState()

  /** The state of a known source, or the blank state of an unknown one. Not to be written to. */
  peek(ssrc: number): SourceState {
    if (ssrc === this.#lastSsrc) return this.#lastState!
    return this.#states.get(ssrc) ?? this.#unknown
  }

  mayAdd(ssrc: number): boolean {
    return this.#states.size < mostSources || this.#states.has(ssrc)
  }

  /** The state of a source, made where it is new. */
  claim(ssrc: number): SourceState {
    if (ssrc === this.#lastSsrc) return this.#lastState!
    let state = this.#states.get(ssrc)
    if (state === undefined) this.#states.set(ssrc, (state = new SourceState()))
    this.#lastSsrc = ssrc
    this.#lastState = state
    return state
  }
}
