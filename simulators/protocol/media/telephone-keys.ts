import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import { pace } from './pacing.ts'
import type { OutgoingPacket } from './rtp-line.ts'

/** Sends keys one after the other as telephone events (RFC 4733), 20 ms packets at 8 kHz. */
export class KeySender {
  readonly #clock: MonotonicClock
  readonly #payloadType: number
  readonly #send: (packet: OutgoingPacket) => void
  #queue: number[] = []
  #timer: Timer | undefined

  constructor(clock: MonotonicClock, payloadType: number, send: (packet: OutgoingPacket) => void) {
    this.#clock = clock
    this.#payloadType = payloadType
    this.#send = send
  }

  /** `timestampNow`: the media's; all packets of an event carry that of its beginning. Throws for what is no key. */
  press(pressed: string, timestampNow: () => number): void {
    const codes = Array.from(pressed, (key) => keys.indexOf(key))
    if (codes.includes(-1)) throw new Error(`keys of a telephone are ${keys}`)
    if (this.#queue.length + codes.length > mostKeys) throw new Error('too many keys at once')
    this.#queue.push(...codes)
    if (this.#timer === undefined) this.#run(timestampNow)
  }

  close(): void {
    this.#timer?.cancel()
  }

  #run(timestampNow: () => number): void {
    let tick = 0
    let timestamp = 0
    this.#timer = pace(this.#clock, { everyMs: tickMs, firstMs: 0 }, () => {
      const [code] = this.#queue
      if (code === undefined) {
        this.#timer?.cancel()
        this.#timer = undefined
        return
      }
      if (tick === 0) timestamp = timestampNow()
      if (tick < ticksOfKey) this.#sendEvent(code, timestamp, tick)
      tick++
      if (tick < ticksOfKey + ticksOfPause) return
      tick = 0
      this.#queue.shift()
    })
  }

  #sendEvent(code: number, timestamp: number, tick: number): void {
    const isEnd = tick === ticksOfKey - 1
    const payload = Buffer.from([code, (isEnd ? endBit : 0) | volume, 0, 0])
    payload.writeUInt16BE((tick + 1) * tickMs * 8, 2)
    // The last packet of an event is sent three times (§2.5.1.4).
    for (let left = isEnd ? 3 : 1; left > 0; left--)
      this.#send({ payloadType: this.#payloadType, timestamp, marker: tick === 0, payload })
  }
}

/** Keys heard: one for each event, whatever packets of it were lost. */
export class KeyReader {
  #heard = ''
  #lastTimestamp: number | undefined

  get heard(): string {
    return this.#heard
  }

  take(timestamp: number, payload: Buffer): void {
    const key = keys[payload[0] ?? keys.length]
    if (key === undefined || payload.length < 4 || timestamp === this.#lastTimestamp) return
    this.#lastTimestamp = timestamp
    this.#heard = (this.#heard + key).slice(-mostKeys)
  }
}

/** In the order of their codes (§3.2). */
const keys = '0123456789*#ABCD'
const tickMs = 20
const ticksOfKey = 4
const ticksOfPause = 3
const endBit = 0x80
/** -10 dBm0. */
const volume = 10
const mostKeys = 64
