import type { MonotonicClock } from '#runtime/clock.ts'
import type { SrtpMaster } from './srtp-keys.ts'
import { Refusal, SrtpReceiver } from './srtp.ts'

/**
 * The receiving side of a stream whose key may change in mid-call. Packets and answers overtake one another: after a
 * change the old key is good until the first packet under the new one and a moment longer, but not for ever.
 */
export class RekeyableReceiver {
  readonly #clock: MonotonicClock
  #master: SrtpMaster | undefined
  #current: SrtpReceiver | undefined
  #next: SrtpReceiver | undefined
  /** Of the key before, once the one now in use was heard. */
  #previous: SrtpReceiver | undefined
  /** When the old key ends: with `#next` or `#previous` only. */
  #oldUntil = 0n

  constructor(clock: MonotonicClock) {
    this.#clock = clock
  }

  /** A key that stands already changes nothing: what was seen under it stays seen. */
  use(master: SrtpMaster): void {
    if (this.#master !== undefined && isSame(this.#master, master)) return
    this.#master = { ...master, key: Uint8Array.from(master.key) }
    const receiver = new SrtpReceiver(this.#master)
    if (this.#current === undefined) {
      this.#current = receiver
      return
    }
    this.#next = receiver
    this.#previous = undefined
    this.#oldUntil = this.#clock.now() + unheardNs
  }

  get isKeyed(): boolean {
    return this.#current !== undefined
  }

  /** Bytes of tag behind an RTP packet under the key now in use; 0 without a key. */
  get rtpTagBytes(): number {
    return this.#current?.rtpTagBytes ?? 0
  }

  /** True between a change of keys and the first packet under the new one. */
  get isChanging(): boolean {
    return this.#next !== undefined
  }

  verifyOnly(packet: Buffer): Refusal | undefined {
    return this.#isSettled ? this.#underCurrent(packet, rtp) : this.#whileChanging(packet, rtp)
  }

  verifyControlOnly(packet: Buffer): Refusal | undefined {
    return this.#isSettled ? this.#underCurrent(packet, rtcp) : this.#whileChanging(packet, rtcp)
  }

  /** Like verifyOnly, but only a packet under the key changed to is good. */
  verifyUnderNext(packet: Buffer): Refusal | undefined {
    return this.#underNext(packet, rtp)
  }

  verifyControlUnderNext(packet: Buffer): Refusal | undefined {
    return this.#underNext(packet, rtcp)
  }

  unprotect(packet: Buffer): Buffer | Refusal {
    const opened = this.#isSettled ? this.#underCurrent(packet, rtpOpened) : this.#whileChanging(packet, rtpOpened)
    return opened
  }

  unprotectControl(packet: Buffer): Buffer | Refusal {
    const opened = this.#isSettled ? this.#underCurrent(packet, rtcpOpened) : this.#whileChanging(packet, rtcpOpened)
    return opened
  }

  get #isSettled(): boolean {
    return this.#next === undefined && this.#previous === undefined
  }

  #underCurrent<T>(packet: Buffer, how: Way<T>): T | Refusal {
    return this.#current === undefined ? Refusal.unkeyed : how(this.#current, packet)
  }

  #underNext<T>(packet: Buffer, how: Way<T>): T | Refusal {
    if (this.#next === undefined) return Refusal.unkeyed
    const result = how(this.#next, packet)
    if (!isRefusal(result)) this.#promote()
    return result
  }

  #whileChanging<T>(packet: Buffer, how: Way<T>): T | Refusal {
    if (this.#clock.now() > this.#oldUntil) this.#endOld()
    if (this.#next !== undefined) {
      const result = this.#underNext(packet, how)
      if (!isRefusal(result)) return result
    }
    const result = this.#underCurrent(packet, how)
    if (!isRefusal(result) || this.#previous === undefined) return result
    const late = how(this.#previous, packet)
    return isRefusal(late) ? result : late
  }

  #promote(): void {
    this.#previous = this.#current
    this.#current = this.#next
    this.#next = undefined
    this.#oldUntil = this.#clock.now() + lateNs
  }

  #endOld(): void {
    this.#previous = undefined
    this.#current = this.#next ?? this.#current
    this.#next = undefined
  }
}

/** Packets under the old key are taken for so long where none under the new one comes. */
const unheardNs = 10_000_000_000n
/** And so long behind the first one under the new key. */
const lateNs = 300_000_000n

/** What is done with a packet under one key; undefined is as good as a packet. */
type Way<T> = (receiver: SrtpReceiver, packet: Buffer) => T | Refusal

const rtp: Way<undefined> = (receiver, packet) => receiver.verifyOnly(packet)
const rtcp: Way<undefined> = (receiver, packet) => receiver.verifyControlOnly(packet)
const rtpOpened: Way<Buffer> = (receiver, packet) => receiver.unprotect(packet)
const rtcpOpened: Way<Buffer> = (receiver, packet) => receiver.unprotectControl(packet)

function isRefusal(result: unknown): result is Refusal {
  return typeof result === 'string'
}

function isSame(one: SrtpMaster, other: SrtpMaster): boolean {
  return (
    one.suite === other.suite &&
    (one.unencryptedSrtcp ?? false) === (other.unencryptedSrtcp ?? false) &&
    Buffer.from(one.key).equals(other.key)
  )
}
