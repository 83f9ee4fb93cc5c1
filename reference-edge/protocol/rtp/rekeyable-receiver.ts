import type { SrtpMaster } from './srtp-keys.ts'
import { Refusal, SrtpReceiver } from './srtp.ts'

/**
 * The receiving side of a stream whose key may change in mid-call. After a change packets under the old key are taken
 * until the first good one under the new key: packets and answers overtake one another.
 */
export class RekeyableReceiver {
  #master: SrtpMaster | undefined
  #current: SrtpReceiver | undefined
  #next: SrtpReceiver | undefined

  /** A key that stands already changes nothing: what was seen under it stays seen. */
  use(master: SrtpMaster): void {
    if (this.#master !== undefined && isSame(this.#master, master)) return
    this.#master = { ...master, key: Uint8Array.from(master.key) }
    const receiver = new SrtpReceiver(this.#master)
    if (this.#current === undefined) this.#current = receiver
    else this.#next = receiver
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
    if (this.#next !== undefined && this.verifyUnderNext(packet) === undefined) return undefined
    return this.#current === undefined ? Refusal.unkeyed : this.#current.verifyOnly(packet)
  }

  verifyControlOnly(packet: Buffer): Refusal | undefined {
    if (this.#next !== undefined && this.verifyControlUnderNext(packet) === undefined) return undefined
    return this.#current === undefined ? Refusal.unkeyed : this.#current.verifyControlOnly(packet)
  }

  /** Like verifyOnly, but only a packet under the key changed to is good. */
  verifyUnderNext(packet: Buffer): Refusal | undefined {
    if (this.#next === undefined) return Refusal.unkeyed
    return this.#next.verifyOnly(packet) ?? this.#promote()
  }

  verifyControlUnderNext(packet: Buffer): Refusal | undefined {
    if (this.#next === undefined) return Refusal.unkeyed
    return this.#next.verifyControlOnly(packet) ?? this.#promote()
  }

  unprotect(packet: Buffer): Buffer | Refusal {
    if (this.#next !== undefined) {
      const plain = this.#next.unprotect(packet)
      if (typeof plain !== 'string') return (this.#promote(), plain)
    }
    return this.#current === undefined ? Refusal.unkeyed : this.#current.unprotect(packet)
  }

  unprotectControl(packet: Buffer): Buffer | Refusal {
    if (this.#next !== undefined) {
      const plain = this.#next.unprotectControl(packet)
      if (typeof plain !== 'string') return (this.#promote(), plain)
    }
    return this.#current === undefined ? Refusal.unkeyed : this.#current.unprotectControl(packet)
  }

  #promote(): undefined {
    this.#current = this.#next
    this.#next = undefined
  }
}

function isSame(one: SrtpMaster, other: SrtpMaster): boolean {
  return (
    one.suite === other.suite &&
    (one.unencryptedSrtcp ?? false) === (other.unencryptedSrtcp ?? false) &&
    Buffer.from(one.key).equals(other.key)
  )
}
