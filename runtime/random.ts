import { createHash, randomBytes } from 'node:crypto'

/** The only source of randomness a program may use; passed in, never ambient. */
export interface Random {
  bytes(length: number): Buffer
  /** Lower-case hexadecimal text of `length` characters. */
  hex(length: number): string
  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number
  uuid(): string
}

/** Keys, nonces, tags: cryptographically strong, not repeatable. */
export function systemRandom(): Random {
  let stock: Buffer = Buffer.alloc(0)
  let used = 0
  // A call for a few bytes costs as much as one for many.
  return randomFrom((length) => {
    if (length > stockBytes / 8) return randomBytes(length)
    if (used + length > stock.length) {
      stock = randomBytes(stockBytes)
      used = 0
    }
    const bytes = Buffer.from(stock.subarray(used, used + length))
    stock.fill(0, used, used + length)
    used += length
    return bytes
  })
}

const stockBytes = 4_096

/** Choices of a run (tones, orders, SRV weights): repeatable from the seed. Never for keys. */
export function seededRandom(seed: string | number): Random {
  let counter = 0
  return randomFrom((length) => {
    const blocks: Buffer[] = []
    for (let size = 0; size < length; size += 32) {
      blocks.push(createHash('sha256').update(`${seed}:${counter++}`).digest())
    }
    return Buffer.concat(blocks).subarray(0, length)
  })
}

function randomFrom(bytes: (length: number) => Buffer): Random {
  return {
    bytes,
    hex: (length) =>
      bytes(Math.ceil(length / 2))
        .toString('hex')
        .slice(0, length),
    integer: (least, most) => least + (bytes(6).readUIntBE(0, 6) % (most - least + 1)),
    uuid: () => {
      const raw = bytes(16)
      raw[6] = (raw[6]! & 0x0f) | 0x40
      raw[8] = (raw[8]! & 0x3f) | 0x80
      return raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    },
  }
}
