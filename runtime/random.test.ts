import { expect, test } from 'vitest'
import { systemRandom } from './random.ts'

test('bytes of the system come in the length asked for, and never twice', () => {
  const random = systemRandom()
  const seen = new Set<string>()
  for (let turn = 0; turn < 2_000; turn++) {
    const bytes = random.bytes(16)
    expect(bytes).toHaveLength(16)
    expect(bytes.equals(Buffer.alloc(16))).toBe(false)
    seen.add(bytes.toString('hex'))
  }
  expect(seen.size).toBe(2_000)
  expect([0, 1, 511, 512, 513, 4_096, 10_000].map((length) => random.bytes(length).length)).toEqual([
    0, 1, 511, 512, 513, 4_096, 10_000,
  ])
})

test('what was given stays as it was when more is asked for', () => {
  const random = systemRandom()
  const first = random.bytes(32)
  const copy = Buffer.from(first)
  for (let turn = 0; turn < 500; turn++) random.bytes(32)
  expect(first.equals(copy)).toBe(true)
})

test('hexadecimal texts, integers and UUIDs', () => {
  const random = systemRandom()
  expect(random.hex(7)).toMatch(/^[0-9a-f]{7}$/)
  expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  for (let turn = 0; turn < 100; turn++) expect([3, 4, 5]).toContain(random.integer(3, 5))
})
