import { afterEach, describe, expect, it } from 'vitest'
import type { NtpServerSettings } from '#edge/time/ntp-settings.ts'
import { TimeClient } from '#edge/time/time-client.ts'
import type { Host } from '#runtime/host.ts'
import { inlineManagement } from '#runtime/management.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { NtpSwitches } from './start.ts'
import { startNtp } from './start.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const keys = [
  { id: 1, type: 'MD5', key: 'secret' },
  { id: 2, type: 'SHA1', key: '0123456789abcdef0123456789abcdef01234567' },
]

async function server(address: string, configuration: object = {}) {
  const host = testHost({ address, traceLevel: 'bytes' })
  const ntp: Host = await startNtp(host.environment, { keys, ...configuration })
  running.push(ntp, { [Symbol.asyncDispose]: async () => host.wall.stop() })
  const management = inlineManagement(address, ntp.management)
  return {
    host,
    stop: () => ntp.stop(),
    set: (switches: NtpSwitches) => management.call('set', switches),
    history: () => management.call<{ from: string; keyId: number | null; answer: string }[]>('history'),
  }
}

function client(
  servers: (string | NtpServerSettings)[],
  options: { offsetMs?: number; isClockCorrected?: boolean } = {},
) {
  const host = testHost({ address: '127.9.7.10', names: { 'ntp1.example.com': '127.9.7.54' } })
  host.wall.setOffset(options.offsetMs ?? 0)
  const alarms = new Map<number, string | undefined>()
  let current = servers.map((one) => (typeof one === 'string' ? plain(one) : one))
  const time = TimeClient.start({
    environment: host.environment,
    settings: () => ({ servers: current, isClockCorrected: options.isClockCorrected ?? true }),
    alarms: {
      set: (id, isRaised, detail) => void (isRaised ? alarms.set(id, detail) : alarms.delete(id)),
    },
  })
  running.push({ [Symbol.asyncDispose]: async () => host.wall.stop() }, time)
  const change = (next: NtpServerSettings[]) => {
    current = next
    time.reload()
  }
  return { host, time, alarms, change }
}

const plain = (address: string): NtpServerSettings => ({ address, authentication: 'Disabled' })
const becomes = (time: TimeClient, state: string, limitMs = 8_000) =>
  waitFor(`time ${state}`, () => time.status().state === state, { limitMs, lastSeen: () => time.status() })
const differenceMs = (one: TestHost, other: TestHost) => one.wall.now().getTime() - other.wall.now().getTime()

/** Asks a silent or changed server as often as it takes, moving only this host's clock to the next question. */
async function askOften(host: TestHost, time: TimeClient, isDone: () => boolean) {
  await waitFor(
    'the client to come to a verdict',
    () => {
      if (isDone()) return true
      time.reload()
      return false
    },
    { limitMs: 8_000, everyMs: 50, lastSeen: () => time.status() },
  )
}

describe('the NTP client of a VCS', () => {
  it('is synchronized by a server it knows by name', async () => {
    const ntp = await server('127.9.7.54')
    const { time, alarms } = client(['ntp1.example.com'])
    expect(time.status().state).toBe('Starting')
    await becomes(time, 'Synchronized')
    expect(time.status().servers).toEqual([
      expect.objectContaining({ address: 'ntp1.example.com', peer: '127.9.7.54', state: 'Active', stratum: 2 }),
    ])
    expect(Math.abs(time.status().offsetMs!)).toBeLessThan(100)
    expect(time.status().lastCorrection).toBeUndefined()
    expect(time.status().pollSeconds).toBe(64)
    expect(alarms.size).toBe(0)
    expect((await ntp.history())[0]).toMatchObject({ from: '127.9.7.10', answer: 'time' })
  })

  it.each([300_000, -300_000, 3_600_000])('sets a clock that is %i ms wrong', async (offsetMs) => {
    const ntp = await server('127.9.7.54')
    const { host, time } = client(['127.9.7.54'], { offsetMs })
    await becomes(time, 'Synchronized')
    expect(Math.abs(differenceMs(host, ntp.host))).toBeLessThan(100)
    expect(time.status().lastCorrection!.milliseconds).toBeCloseTo(-offsetMs, -2)
    expect(host.records).toContainEqual(expect.objectContaining({ event: 'Time Corrected', module: 'ntp' }))
  })

  it('asks again after 64 s, then less and less often, and corrects what went wrong meanwhile', async () => {
    const ntp = await server('127.9.7.54')
    const { host, time } = client(['127.9.7.54'])
    await becomes(time, 'Synchronized')
    for (const [seconds, next] of [
      [64, 128],
      [128, 256],
      [256, 512],
      [512, 1_024],
      [1_024, 1_024],
    ]) {
      ntp.host.wall.move(seconds! * 1_000)
      host.wall.move(seconds! * 1_000)
      await host.wall.runDue()
      await waitFor('the next question', async () => time.status().pollSeconds === next)
    }
    expect(time.status().lastCorrection).toBeUndefined()
    host.wall.setOffset(70_000)
    ntp.host.wall.move(1_024_000)
    host.wall.move(1_024_000)
    await host.wall.runDue()
    await waitFor('the correction', () => time.status().lastCorrection !== undefined)
    expect(Math.abs(differenceMs(host, ntp.host))).toBeLessThan(100)
    expect(time.status().pollSeconds).toBe(64)
  })

  it('only compares where correction is off', async () => {
    const ntp = await server('127.9.7.54')
    const { host, time, alarms } = client(['127.9.7.54'], { offsetMs: 300_000, isClockCorrected: false })
    await becomes(time, 'Unsynchronized')
    expect(differenceMs(host, ntp.host)).toBeGreaterThan(299_000)
    expect(time.status().reason).toMatch(/differs from 127.9.7.54 by -(299|300)\d{3} ms/)
    expect([...alarms.keys()]).toEqual([25020])
  })

  it('keeps its wrong time where nobody answers, and says so', async () => {
    const ntp = await server('127.9.7.54')
    await ntp.set({ isSilent: true })
    const { host, time, alarms } = client(['127.9.7.54', 'nowhere.example.com'], { offsetMs: 300_000 })
    await askOften(host, time, () => time.status().state === 'Unsynchronized')
    expect(time.status().servers.map(({ state, reason }) => [state, reason])).toEqual([
      ['Unreachable', 'no answer'],
      ['Unreachable', 'name not resolved'],
    ])
    expect([...alarms.keys()]).toEqual([25021])
    expect(differenceMs(host, ntp.host)).toBeGreaterThan(299_000)
    await ntp.set({ isSilent: false })
    await askOften(host, time, () => time.status().state === 'Synchronized')
    expect(alarms.size).toBe(0)
    expect(Math.abs(differenceMs(host, ntp.host))).toBeLessThan(100)
  })

  it.each([
    [{ isUnsynchronised: true }, 'the server is not synchronized itself'],
    [{ isRateLimited: true }, "kiss-o'-death RATE"],
  ])('does not take the time of a server that says %o', async (switches, reason) => {
    const ntp = await server('127.9.7.54')
    await ntp.set(switches)
    const { host, time, alarms } = client(['127.9.7.54'], { offsetMs: 300_000 })
    await becomes(time, 'Unsynchronized')
    expect(time.status().servers).toEqual([{ address: '127.9.7.54', state: 'Rejected', reason }])
    expect([...alarms.keys()]).toEqual([25020])
    expect(differenceMs(host, ntp.host)).toBeGreaterThan(299_000)
  })

  it('leaves a server alone that asked for it', async () => {
    const ntp = await server('127.9.7.54')
    await ntp.set({ isRateLimited: true })
    const { host, time } = client(['127.9.7.54'])
    await becomes(time, 'Unsynchronized')
    await ntp.set({ isRateLimited: false })
    const before = (await ntp.history()).length
    await host.wall.advance(64_000)
    await host.wall.advance(60_000)
    expect((await ntp.history()).length).toBe(before)
    await host.wall.advance(5_000)
    await askOften(host, time, () => time.status().state === 'Synchronized')
  })

  it('believes a wrong server where it has no other, and the majority where it has', async () => {
    const wrong = await server('127.9.7.54')
    await wrong.set({ wrongBySeconds: 90 })
    const { host, time, change } = client(['127.9.7.54'])
    await becomes(time, 'Synchronized')
    expect(differenceMs(host, wrong.host)).toBeGreaterThan(89_000)
    const others = [await server('127.9.7.55'), await server('127.9.7.56', { stratum: 3 })]
    change(['127.9.7.54', '127.9.7.55', '127.9.7.56'].map(plain))
    const before = time.status().lastCorrection
    await waitFor('the majority', () => time.status().lastCorrection !== before)
    expect(time.status().servers.map(({ state }) => state)).toEqual(['Falseticker', 'Active', 'Reachable'])
    expect(Math.abs(differenceMs(host, others[0]!.host))).toBeLessThan(100)
  })

  it('has no time where two servers disagree', async () => {
    await (await server('127.9.7.54')).set({ wrongBySeconds: 90 })
    await server('127.9.7.55')
    const { time } = client(['127.9.7.54', '127.9.7.55'])
    await becomes(time, 'Unsynchronized')
    expect(time.status().reason).toBe('the NTP servers disagree')
  })

  describe('with a symmetric key', () => {
    const symmetric = (keyId: number, hash: 'MD5' | 'SHA-1', key: string): NtpServerSettings => ({
      address: '127.9.7.54',
      authentication: 'Symmetric key',
      keyId,
      hash,
      key,
    })

    it.each([symmetric(1, 'MD5', 'secret'), symmetric(2, 'SHA-1', keys[1]!.key)])('$keyId $hash', async (settings) => {
      const ntp = await server('127.9.7.54', { isAuthenticationRequired: true })
      const { host, time } = client([settings], { offsetMs: 300_000 })
      await becomes(time, 'Synchronized')
      expect(time.status().servers[0]).toMatchObject({ state: 'Active', isAuthenticated: true })
      expect((await ntp.history())[0]).toMatchObject({ keyId: settings.keyId, answer: 'authenticated time' })
      expect(JSON.stringify([time.status(), host.records])).not.toContain(settings.key)
    })

    it.each([
      [symmetric(1, 'MD5', 'guess'), 'the server refuses our key'],
      [symmetric(7, 'MD5', 'secret'), 'the server refuses our key'],
      [symmetric(1, 'SHA-1', 'secret'), 'the server refuses our key'],
      [symmetric(1, 'SHA-1', 'no hexadecimal text at all'), 'a key of more than 20 characters is hexadecimal'],
      [
        { address: '127.9.7.54', authentication: 'Private key' } as const,
        'Private key authentication (RFC 5906) is not available',
      ],
    ])('is not synchronized with %o', async (settings, reason) => {
      const ntp = await server('127.9.7.54')
      const { host, time, alarms } = client([settings], { offsetMs: 300_000 })
      await becomes(time, 'Unsynchronized')
      expect(time.status().servers[0]).toMatchObject({ state: 'Rejected', reason })
      expect([...alarms.keys()]).toEqual([25020])
      expect(differenceMs(host, ntp.host)).toBeGreaterThan(299_000)
    })

    it('ignores answers made with another key', async () => {
      const ntp = await server('127.9.7.54', { keys: [{ id: 1, type: 'MD5', key: 'secret' }] })
      await ntp.stop()
      const host = testHost({ address: '127.9.7.54' })
      const port = await host.network.udp({
        port: 123,
        protocol: 'NTP',
        onMessage: (datagram, from) => port.send(forged(datagram), from.port, from.address),
      })
      running.push({ [Symbol.asyncDispose]: () => port.close() })
      const { time } = client([symmetric(1, 'MD5', 'secret')], { offsetMs: 300_000 })
      await becomes(time, 'Unsynchronized')
      expect(time.status().servers[0]).toMatchObject({ state: 'Rejected', reason: 'authentication failed' })
    })
  })

  it('corrects nothing while hosts are moved one after the other', async () => {
    const ntp = await server('127.9.7.54')
    const { host, time } = client(['127.9.7.54'])
    await becomes(time, 'Synchronized')
    for (let turn = 0; turn < 4; turn++) {
      const [first, second] = turn % 2 === 0 ? [host, ntp.host] : [ntp.host, host]
      const before = (await ntp.history()).length
      await first.wall.advance(1_100_000)
      if (first !== host) time.reload()
      // The question is answered before the other clock is moved: by 1100 s a wrong answer.
      await waitFor('a question', async () => (await ntp.history()).length > before)
      await second.wall.advance(1_100_000)
      // The wrong answer, the one that does not confirm it, and the one after that.
      await waitFor('the verdict', async () => (await ntp.history()).length >= before + 3)
    }
    expect(time.status().lastCorrection).toBeUndefined()
    expect(host.records.filter(({ event }) => event === 'Time Corrected')).toEqual([])
    expect(Math.abs(differenceMs(host, ntp.host))).toBeLessThan(100)
  })

  it('corrects nothing while hosts are moved on and on', async () => {
    const ntp = await server('127.9.7.54')
    const { host, time } = client(['127.9.7.54'])
    await becomes(time, 'Synchronized')
    for (let turn = 0; turn < 40; turn++) {
      await ntp.host.wall.advance(30_000)
      time.reload()
      await new Promise((resolve) => setImmediate(resolve))
      await host.wall.advance(30_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const before = (await ntp.history()).length
    await askOften(host, time, () => time.status().state === 'Synchronized')
    await waitFor('one more question', async () => (await ntp.history()).length >= before)
    expect(time.status().lastCorrection).toBeUndefined()
    expect(Math.abs(differenceMs(host, ntp.host))).toBeLessThan(100)
  })
})

/** A right answer but for its proof. */
function forged(question: Buffer): Buffer {
  const reply = Buffer.from(question)
  reply[0] = 0x24
  reply[1] = 2
  question.copy(reply, 24, 40, 48)
  question.copy(reply, 32, 40, 48)
  return reply
}
