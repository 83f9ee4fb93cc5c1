import { describe, expect, it } from 'vitest'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { basic, passwordHashOf } from './administered-system.fixture.ts'
import { LoginGate } from './login-gate.ts'
import { isPasswordOf } from './password-hash.ts'

const passwordHash = passwordHashOf('pass:word')

describe('login', () => {
  it('waits longer after each failure of a source, and of this source only', async () => {
    const clock = new ManualClock()
    const gate = new LoginGate(clock, () => ({ username: 'admin', passwordHash }))
    expect(await gate.judge(basic('admin', 'no'), '127.0.0.1')).toBe('refused')
    expect(await gate.judge(basic('root', 'pass:word'), '127.0.0.9')).toBe('refused')
    let verdict: string | undefined
    const judging = gate.judge(basic('admin', 'pass:word'), '127.0.0.1').then((given) => (verdict = given))
    expect(await gate.judge(basic('admin', 'pass:word'), '127.0.0.2')).toBe('admitted')
    expect(verdict).toBeUndefined()
    clock.advance(1_000)
    expect(await judging).toBe('admitted')
  })

  it.each([
    ['another password', { passwordHash: passwordHashOf('other') }],
    ['another name', { username: 'root' }],
  ])('that was good is forgotten at once with %s', async (_, change) => {
    let administrator = { username: 'admin', passwordHash }
    const gate = new LoginGate(new ManualClock(), () => administrator)
    expect(await gate.judge(basic('admin', 'pass:word'), '127.0.0.1')).toBe('admitted')
    expect(await gate.judge(basic('admin', 'pass:word'), '127.0.0.1')).toBe('admitted')
    administrator = { ...administrator, ...change }
    expect(await gate.judge(basic('admin', 'pass:word'), '127.0.0.1')).toBe('refused')
  })

  it('does not take another login for one that was good', async () => {
    const clock = new ManualClock()
    const gate = new LoginGate(clock, () => ({ username: 'admin', passwordHash }))
    expect(await gate.judge(basic('admin', 'pass:word'), '127.0.0.1')).toBe('admitted')
    expect(await gate.judge(basic('adminpass', ':word'), '127.0.0.2')).toBe('refused')
    expect(await gate.judge(basic('admin', 'pass:wor'), '127.0.0.3')).toBe('refused')
    expect(await gate.judge('Bearer x', '127.0.0.4')).toBe('refused')
  })

  it.each(['', 'plain', 'scrypt::', 'scrypt:00:', `${passwordHashOf('')}0`, 'scrypt:00:00:1024:y'])(
    'is not possible with the hash "%s"',
    async (hash) => {
      expect(await isPasswordOf(hash, '')).toBe(false)
    },
  )
})
