import { scrypt, timingSafeEqual } from 'node:crypto'

const usualCost = 16_384
const costs = { least: 1_024, most: 1_048_576 }

/**
 * Whether a password is the one of `scrypt:<salt, hex>:<hash, hex>[:<cost>]`. The cost is scrypt's N, 16384 where it is
 * absent; a long random password needs less of it than one that people choose.
 */
export async function isPasswordOf(passwordHash: string, password: string): Promise<boolean> {
  const [kind, salt, hash, cost = String(usualCost), ...rest] = passwordHash.split(':')
  const expected = Buffer.from(hash ?? '', 'hex')
  const N = Number(cost)
  if (kind !== 'scrypt' || !salt || expected.length < 16 || rest.length > 0 || !isCost(N)) return false
  const derived = await new Promise<Buffer>((resolve, reject) =>
    scrypt(password, Buffer.from(salt, 'hex'), expected.length, { N, maxmem: 256 * N * 8 }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  )
  return timingSafeEqual(derived, expected)
}

/** scrypt takes powers of two only. */
function isCost(N: number): boolean {
  return Number.isInteger(N) && N >= costs.least && N <= costs.most && Number.isInteger(Math.log2(N))
}
