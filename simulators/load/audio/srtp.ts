import type { Cipheriv } from 'node:crypto'
import { createCipheriv } from 'node:crypto'
import { KeyedHash } from './keyed-hash.ts'

/** Bytes of AES_CM_128_HMAC_SHA1_80's tag. */
export const tagBytes = 10

/** Bytes of its master key and salt together. */
export const masterBytes = 30

/**
 * One direction of SRTP with AES_CM_128_HMAC_SHA1_80 (RFC 3711), for RTP headers of 12 bytes and one source: what the load
 * generator sends and is sent. Cipher and hash are made once and kept; a packet costs no native object but its key stream.
 */
export class SrtpContext {
  readonly #salt: Buffer
  readonly #cipher: Cipheriv
  readonly #hash: KeyedHash
  readonly #counters = Buffer.alloc(16 * mostBlocks)
  #rollover = 0
  #highest = -1

  /** `master`: 16 bytes of key, 14 of salt. */
  constructor(master: Buffer) {
    const derive = (label: number, length: number) => {
      const start = Buffer.alloc(16)
      master.copy(start, 0, 16, masterBytes)
      start[7]! ^= label
      return createCipheriv('aes-128-ctr', master.subarray(0, 16), start).update(Buffer.alloc(length))
    }
    this.#cipher = createCipheriv('aes-128-ecb', derive(0, 16), null).setAutoPadding(false)
    this.#hash = new KeyedHash(derive(1, 20))
    this.#salt = derive(2, 14)
  }

  /** Encrypts the first `length` bytes in place and writes the tag behind them; sequence numbers only go up. */
  protect(packet: Buffer, length: number): void {
    const sequence = packet.readUInt16BE(2)
    if (sequence < this.#highest) this.#rollover++
    this.#highest = sequence
    this.#encrypt(packet, length, this.#rollover)
    this.#hash.compute(packet, length, this.#rollover)
    for (let index = 0; index < tagBytes; index++) packet[length + index] = this.#hash.byte(index)
  }

  /** Decrypts in place; the packet's length without tag, or undefined where it is not authentic. */
  unprotect(packet: Buffer): number | undefined {
    const length = packet.length - tagBytes
    if (length < headerBytes || length > headerBytes + 16 * mostBlocks) return undefined
    const sequence = packet.readUInt16BE(2)
    const rollover = this.#guess(sequence)
    this.#hash.compute(packet, length, rollover)
    let difference = 0
    for (let index = 0; index < tagBytes; index++) difference |= packet[length + index]! ^ this.#hash.byte(index)
    if (difference !== 0) return undefined
    this.#accept(sequence, rollover)
    this.#encrypt(packet, length, rollover)
    return length
  }

  /** RFC 3711 §3.3.1: the roll-over counter nearest to the highest index so far. */
  #guess(sequence: number): number {
    if (this.#highest < 0) return 0
    if (this.#highest < 0x8000) return sequence - this.#highest > 0x8000 ? this.#rollover - 1 : this.#rollover
    return this.#highest - 0x8000 > sequence ? this.#rollover + 1 : this.#rollover
  }

  #accept(sequence: number, rollover: number): void {
    if (rollover < this.#rollover || (rollover === this.#rollover && sequence <= this.#highest)) return
    this.#rollover = rollover
    this.#highest = sequence
  }

  /** RFC 3711 §4.1.1: salt, source and index make the first counter block. */
  #encrypt(packet: Buffer, length: number, rollover: number): void {
    const blocks = (length - headerBytes + 15) >> 4
    const counters = this.#counters
    this.#salt.copy(counters)
    for (let index = 0; index < 4; index++) counters[4 + index]! ^= packet[8 + index]!
    for (let index = 0; index < 4; index++) counters[8 + index]! ^= (rollover >>> (24 - 8 * index)) & 0xff
    counters[12]! ^= packet[2]!
    counters[13]! ^= packet[3]!
    counters.writeUInt16BE(0, 14)
    for (let block = 1; block < blocks; block++) {
      counters.copyWithin(block * 16, 0, 14)
      counters.writeUInt16BE(block, block * 16 + 14)
    }
    const stream = this.#cipher.update(counters.subarray(0, blocks * 16))
    for (let index = headerBytes; index < length; index++) packet[index]! ^= stream[index - headerBytes]!
  }
}

const headerBytes = 12
/** 240 bytes of sound: 30 ms of G.711, more than anybody here sends. */
const mostBlocks = 15
