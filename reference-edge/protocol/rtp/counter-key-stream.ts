import type { Cipheriv } from 'node:crypto'
import { createCipheriv, createSecretKey } from 'node:crypto'

/**
 * AES-128 in counter mode as SRTP uses it (RFC 3711 §4.1.1). The key stream comes from one ECB cipher that lives as long
 * as the key: a counter mode cipher would have to be made anew for every packet.
 */
export class CounterKeyStream {
  readonly #key: Uint8Array
  /** Made with the first packet: the Expressway passes on what it only authenticates. */
  #cipher: Cipheriv | undefined
  readonly #salt: Uint8Array
  #counters = nothing
  #words = noWords

  /** `key` is 16 bytes, `salt` 14. */
  constructor(key: Uint8Array, salt: Uint8Array) {
    this.#key = key
    this.#salt = salt
  }

  /**
   * XORs `data[start, end)` in place with the stream of a packet. The 48-bit packet index comes in two parts: its upper
   * 32 bits (the roll-over counter for RTP, 0 and the upper half for RTCP) and its lower 16.
   */
  apply(data: Uint8Array, start: number, end: number, ssrc: number, indexHigh: number, indexLow: number): void {
    const blocks = (end - start + blockBytes - 1) >> 4
    if (blocks === 0) return
    const stream = this.blocks(blocks, ssrc, indexHigh, indexLow)
    for (let at = start, from = 0; at < end; at++, from++) data[at]! ^= stream[from]!
  }

  /** The first `count` blocks of a packet's key stream; at most 2^16 (RFC 3711 §4.1.1). */
  blocks(count: number, ssrc: number, indexHigh: number, indexLow: number): Buffer {
    if (count * blockBytes > this.#counters.length) this.#grow(count)
    const counters = this.#counters
    const salt = this.#salt
    for (let at = 0; at < 14; at++) counters[at] = salt[at]!
    for (let at = 0; at < 4; at++) {
      const shift = 24 - 8 * at
      counters[4 + at]! ^= ssrc >>> shift
      counters[8 + at]! ^= indexHigh >>> shift
    }
    counters[12]! ^= indexLow >>> 8
    counters[13]! ^= indexLow
    counters[14] = 0
    counters[15] = 0
    this.#repeatFirst(count)
    this.#cipher ??= createCipheriv('aes-128-ecb', createSecretKey(this.#key), null).setAutoPadding(false)
    return this.#cipher.update(counters.subarray(0, count * blockBytes))
  }

  /** Copies the first counter block behind itself, numbering the copies in their last two bytes. */
  #repeatFirst(count: number): void {
    const counters = this.#counters
    const words = this.#words
    for (let block = 1; block < count; block++) {
      const word = block * 4
      words[word] = words[0]!
      words[word + 1] = words[1]!
      words[word + 2] = words[2]!
      words[word + 3] = words[3]!
      counters[block * blockBytes + 14] = block >>> 8
      counters[block * blockBytes + 15] = block
    }
  }

  #grow(blocks: number): void {
    if (blocks > 0x10000) throw new RangeError('a packet has at most 2^16 blocks of key stream')
    this.#counters = new Uint8Array(Math.max(blocks, typicalBlocks) * blockBytes)
    this.#words = new Uint32Array(this.#counters.buffer)
  }
}

const blockBytes = 16
const nothing = new Uint8Array(0)
const noWords = new Uint32Array(0)

/** Enough for a packet that fills an Ethernet frame. */
const typicalBlocks = 94
