/**
 * HMAC-SHA1 (RFC 2104, RFC 3174) of many short messages under one key. Both padded keys are hashed once; each message then
 * costs its own blocks and two more, and no object.
 */
export class KeyedHash {
  readonly #inner: Int32Array
  readonly #outer: Int32Array
  readonly #schedule = new Int32Array(80)
  readonly #block = new Uint8Array(64)
  /** The digest of the last message, five words. */
  readonly digest = new Int32Array(5)

  constructor(key: Uint8Array) {
    if (key.length > 64) throw new RangeError('a key longer than a block is not needed here')
    this.#inner = this.#begin(key, 0x36)
    this.#outer = this.#begin(key, 0x5c)
  }

  /** Hashes the first `length` bytes and a word of 32 bits behind them: what SRTP authenticates (RFC 3711 §4.2). */
  compute(bytes: Uint8Array, length: number, word: number): void {
    const { digest } = this
    digest.set(this.#inner)
    let offset = 0
    for (; offset + 64 <= length; offset += 64) this.#compress(digest, bytes, offset)
    this.#finish(bytes, offset, length, word)
    const block = this.#block
    for (let index = 0; index < 5; index++) writeWord(block, index * 4, digest[index]!)
    block.fill(0, 20)
    block[20] = 0x80
    writeWord(block, 60, (64 + 20) * 8)
    digest.set(this.#outer)
    this.#compress(digest, block, 0)
  }

  /** Byte `index` of the digest. */
  byte(index: number): number {
    return (this.digest[index >> 2]! >>> (24 - 8 * (index & 3))) & 0xff
  }

  #begin(key: Uint8Array, pad: number): Int32Array {
    const padded = new Uint8Array(64).fill(pad)
    for (let index = 0; index < key.length; index++) padded[index]! ^= key[index]!
    const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
    this.#compress(state, padded, 0)
    return state
  }

  /** The rest of a message, the word, and SHA-1's padding: one block or two. */
  #finish(bytes: Uint8Array, from: number, length: number, word: number): void {
    const block = this.#block
    block.fill(0)
    let at = 0
    for (let index = from; index < length; index++) block[at++] = bytes[index]!
    for (let shift = 24; shift >= -8; shift -= 8) {
      block[at++] = shift < 0 ? 0x80 : (word >>> shift) & 0xff
      if (at < 64) continue
      this.#compress(this.digest, block, 0)
      block.fill(0)
      at = 0
    }
    if (at > 56) {
      this.#compress(this.digest, block, 0)
      block.fill(0)
    }
    writeWord(block, 60, (64 + length + 4) * 8)
    this.#compress(this.digest, block, 0)
  }

  #compress(state: Int32Array, bytes: Uint8Array, offset: number): void {
    const w = this.#schedule
    for (let t = 0; t < 16; t++) {
      const at = offset + t * 4
      w[t] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
    }
    for (let t = 16; t < 80; t++) {
      const mixed = w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!
      w[t] = (mixed << 1) | (mixed >>> 31)
    }
    let [a, b, c, d, e] = [state[0]!, state[1]!, state[2]!, state[3]!, state[4]!]
    for (let t = 0; t < 80; t++) {
      let f: number
      if (t < 20) f = (d ^ (b & (c ^ d))) + 0x5a827999
      else if (t < 40) f = (b ^ c ^ d) + 0x6ed9eba1
      else if (t < 60) f = ((b & c) | (d & (b | c))) + 0x8f1bbcdc
      else f = (b ^ c ^ d) + 0xca62c1d6
      const next = (((a << 5) | (a >>> 27)) + f + e + w[t]!) | 0
      e = d
      d = c
      c = (b << 30) | (b >>> 2)
      b = a
      a = next
    }
    state[0]! += a
    state[1]! += b
    state[2]! += c
    state[3]! += d
    state[4]! += e
  }
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
}
