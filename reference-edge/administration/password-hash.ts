import { scrypt, timingSafeEqual } from 'node:crypto'

/** Whether a password is the one of `scrypt:<salt, hex>:<hash, hex>` (Node's default cost). */
export async function isPasswordOf(passwordHash: string, password: string): Promise<boolean> {
  const [kind, salt, hash, ...rest] = passwordHash.split(':')
  const expected = Buffer.from(hash ?? '', 'hex')
  if (kind !== 'scrypt' || !salt || expected.length < 16 || rest.length > 0) return false
  const derived = await new Promise<Buffer>((resolve, reject) =>
    scrypt(password, Buffer.from(salt, 'hex'), expected.length, (error, key) => (error ? reject(error) : resolve(key))),
  )
  return timingSafeEqual(derived, expected)
}
