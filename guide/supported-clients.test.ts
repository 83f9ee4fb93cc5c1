import { expect, test } from 'vitest'
import { readRegister } from './register.ts'
import { isSupported, supportedClients } from './supported-clients.ts'

test.each([
  ['Jabber for Windows', '9.6.3', false],
  ['Jabber for Windows', '9.7', true],
  ['Jabber for Windows', '9.7.0', true],
  ['Jabber for Windows', '10.5.1', true],
  ['Jabber for iOS', '9.6', false],
  ['Jabber for iOS', '9.6.0', false],
  ['Jabber for iOS', '9.6.1', true],
  ['Jabber for Android', '9.5', false],
  ['Jabber for Android', '9.6', true],
  ['TC', '6.3.0', false],
  ['TC', '7.0.0', false],
  ['TC', '7.0.1', true],
  ['TC', '7.1', true],
] as const)('%s %s: %s', (product, release, expected) => {
  expect(isSupported(product, release)).toBe(expected)
})

test('the register says the same', () => {
  const statements = new Map(readRegister().map(({ id, statement }) => [id, statement]))
  for (const { id, product, from } of supportedClients) {
    const statement = statements.get(id)!
    expect(statement).toContain(product === 'TC' ? `TC${from}` : from)
    expect(statement).toContain(product.replace('Jabber for ', ''))
  }
})
