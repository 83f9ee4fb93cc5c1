/**
 * HMAC-SHA1 (RFC 2104) with the key's two states computed once. Creating a native HMAC object for every packet costs
 * several times what the hash itself does; this one makes no object per packet.
 */
export class HmacSha1 {
  readonly #inner = Int32Array.from(initialState)
  readonly #outer = Int32Array.from(initialState)
  readonly #state = new Int32Array(5)
  readonly #schedule = new Int32Array(80)
  readonly #tail = new Uint8Array(2 * blockBytes)

  /** `key` is at most 64 bytes long. */
  constructor(key: Uint8Array) {
    const pad = new Uint8Array(blockBytes)
    pad.set(key)
    for (let at = 0; at < blockBytes; at++) pad[at]! ^= 0x36
    this.#compress(this.#inner, pad, 0)
    for (let at = 0; at < blockBytes; at++) pad[at]! ^= 0x36 ^ 0x5c
    this.#compress(this.#outer, pad, 0)
  }

  /** Computes over `data[0, length)`, and over the four bytes of `suffix` behind it where it is not -1. */
  compute(data: Uint8Array, length: number, suffix: number): void {
    const state = this.#state
    state.set(this.#inner)
    const whole = length - (length % blockBytes)
    for (let at = 0; at < whole; at += blockBytes) this.#compress(state, data, at)
    const tail = this.#tail
    let used = 0
    for (let at = whole; at < length; at++) tail[used++] = data[at]!
    if (suffix !== -1) used = writeWord(tail, used, suffix)
    this.#finish(used, blockBytes + whole + used)
    used = 0
    for (let word = 0; word < 5; word++) used = writeWord(tail, used, state[word]!)
    state.set(this.#outer)
    this.#finish(used, blockBytes + used)
  }

  /** Writes the first `bytes` of the computed tag. */
  write(target: Uint8Array, offset: number, bytes: number): void {
    for (let at = 0; at < bytes; at++) target[offset + at] = this.#state[at >> 2]! >>> (24 - 8 * (at & 3))
  }

  /** Compares the computed tag with `bytes` of `data`, in a time that does not depend on where they differ. */
  matches(data: Uint8Array, offset: number, bytes: number): boolean {
    let difference = 0
    for (let at = 0; at < bytes; at++) {
      difference |= data[offset + at]! ^ ((this.#state[at >> 2]! >>> (24 - 8 * (at & 3))) & 0xff)
    }
    return difference === 0
  }

  /** Pads what is in the tail (FIPS 180-4 §5.1.1) and works it in; `total` counts all bytes hashed so far. */
  #finish(used: number, total: number): void {
    const tail = this.#tail
    const end = used + 9 <= blockBytes ? blockBytes : 2 * blockBytes
    tail[used] = 0x80
    tail.fill(0, used + 1, end)
    writeWord(tail, end - 4, total * 8)
    for (let at = 0; at < end; at += blockBytes) this.#compress(this.#state, tail, at)
  }

  /** FIPS 180-4 §6.1.2. */
  #compress(state: Int32Array, data: Uint8Array, offset: number): void {
    const w = this.#schedule
    for (let t = 0, at = offset; t < 16; t++, at += 4) {
      w[t] = (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!
    }
    for (let t = 16; t < 80; t++) {
      const mixed = w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!
      w[t] = (mixed << 1) | (mixed >>> 31)
    }
    let a = state[0]!
    let b = state[1]!
    let c = state[2]!
    let d = state[3]!
    let e = state[4]!
    let next = 0
    let t = 0
    for (; t < 20; t++) {
      next = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + w[t]! + 0x5a827999) | 0
      e = d
      d = c
      c = (b << 30) | (b >>> 2)
      b = a
      a = next
    }
    for (; t < 40; t++) {
      next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[t]! + 0x6ed9eba1) | 0
      e = d
      d = c
      c = (b << 30) | (b >>> 2)
      b = a
      a = next
    }
    for (; t < 60; t++) {
      next = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e + w[t]! + 0x8f1bbcdc) | 0
      e = d
      d = c
      c = (b << 30) | (b >>> 2)
      b = a
      a = next
    }
    for (; t < 80; t++) {
      next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[t]! + 0xca62c1d6) | 0
      e = d
      d = c
      c = (b << 30) | (b >>> 2)
      b = a
      a = next
    }
    state[0] = state[0]! + a
    state[1] = state[1]! + b
    state[2] = state[2]! + c
    state[3] = state[3]! + d
    state[4] = state[4]! + e
  }
}

const blockBytes = 64

const initialState = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]

function writeWord(target: Uint8Array, offset: number, value: number): number {
  target[offset] = value >>> 24
  target[offset + 1] = value >>> 16
  target[offset + 2] = value >>> 8
  target[offset + 3] = value
  return offset + 4
}
