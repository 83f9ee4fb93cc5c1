import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { realMonotonicClock as clock } from '#runtime/clock.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { AudioStream } from '#simulators/protocol/media/audio-stream.ts'
import type { AudioEngineOptions } from './audio-engine.ts'
import { AudioEngine } from './audio-engine.ts'

function engineOf(asked: AudioEngineOptions['asked'], module = '@roamhq/wrtc') {
  const engine = new AudioEngine({ clock, asked, module })
  onTestFinished(() => engine.stop())
  return engine
}

async function stream(address: string, toneHz: number, engine?: AudioEngine) {
  const { network } = testHost({ address })
  const opened = await AudioStream.open({
    network,
    isSecure: true,
    toneHz,
    origin: 'tandberg',
    sessionName: '-',
    ports: [2_326, 2_485],
    ...(engine === undefined ? {} : { openEngine: (options) => engine.openLine(options) }),
  })
  onTestFinished(() => opened.close())
  return opened
}

async function call(engine: AudioEngine) {
  const room = await stream('127.248.1.80', 441, engine)
  const phone = await stream('127.248.3.60', 587)
  phone.takeOffer(room.offer())
  room.takeAnswer(phone.answer())
  return { room, phone }
}

const hears = (listener: AudioStream, hz: number) =>
  waitFor(
    `${hz} Hz`,
    () => {
      const report = listener.report(160)
      return Math.abs((report.heardHz ?? 0) - hz) < 4 && report
    },
    { limitMs: 8_000, lastSeen: () => listener.report(160) },
  )

test('tones pass the WebRTC library both ways, with keys of the description on the wire', async () => {
  const engine = engineOf('wrtc')
  const { room, phone } = await call(engine)
  expect(await hears(phone, 441)).toMatchObject({ engine: 'plain', authFailures: 0 })
  expect(await hears(room, 587)).toMatchObject({ engine: 'wrtc', suite: 'AES_CM_128_HMAC_SHA1_80', authFailures: 0 })
  room.setTone(661)
  await hears(phone, 661)
})

test('while held there are no packets, and the tone goes on afterwards', async () => {
  const { room, phone } = await call(engineOf('wrtc'))
  await hears(phone, 441)
  const agree = (direction: 'inactive' | 'sendrecv') => {
    room.want(direction)
    phone.takeOffer(room.offer())
    room.takeAnswer(phone.answer())
    return room.report(100).packetsSent
  }
  const held = agree('inactive')
  await waitFor('silence at the room', () => room.report(100).heardHz === undefined)
  expect(agree('sendrecv')).toBe(held)
  await hears(phone, 441)
  await hears(room, 587)
})

test('auto starts the library with the first call, plain never', async () => {
  const auto = engineOf('auto')
  expect(auto.status).toEqual({ asked: 'auto', running: 'not started' })
  const { room } = await call(auto)
  expect(room.report(100).engine).toBe('wrtc')
  expect(auto.status).toMatchObject({ running: 'wrtc', pid: expect.any(Number) })
  const plain = engineOf('plain')
  const line = await plain.openLine({ clock, toneHz: 440, onFrame: () => {} })
  expect([line.inUse, plain.status]).toEqual([{ engine: 'plain' }, { asked: 'plain', running: 'plain' }])
})

function moduleWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'webrtc-module-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'wrtc.node'), text)
  writeFileSync(join(folder, 'ends.cjs'), "process.stderr.write('no such symbol\\n'); process.exit(3)")
  return folder
}

test.each([
  ['a package that is not there', () => '@roamhq/wrtc-that-nobody-has', /^Cannot find module '@roamhq/],
  ['a binary that does not load', () => join(moduleWith('not a program'), 'wrtc.node'), /file too short|invalid ELF/],
  ['a library that ends the process', () => join(moduleWith(''), 'ends.cjs'), /^its process ended \(3\): no such sym/],
])('%s: the plain engine runs and the reports say why', async (_, module, why) => {
  const engine = engineOf('wrtc', module())
  const { room, phone } = await call(engine)
  await hears(phone, 441)
  expect(await hears(room, 587)).toMatchObject({ engine: 'plain', engineProblem: expect.stringMatching(why) })
  expect(engine.status).toEqual({ asked: 'wrtc', running: 'plain', problem: expect.stringMatching(why) })
  await expect(engine.dtlsOffer()).rejects.toThrow(why)
})

test('a crash costs the call nothing but its engine, and the calls to come have the plain one', async () => {
  const engine = engineOf('wrtc')
  const { room, phone } = await call(engine)
  await hears(room, 587)
  process.kill(engine.status.pid!, 'SIGSEGV')
  const why = expect.stringContaining('its process ended (SIGSEGV)')
  await waitFor('the plain engine', () => room.report(100).engine === 'plain')
  expect(room.report(100)).toMatchObject({ engineProblem: why, sentHz: 441 })
  room.setTone(661)
  await hears(phone, 661)
  await hears(room, 587)
  expect(engine.status).toEqual({ asked: 'wrtc', running: 'plain', problem: why })
  const next = await engine.openLine({ clock, toneHz: 440, onFrame: () => {} })
  expect(next.inUse).toEqual({ engine: 'plain', engineProblem: why })
})

test('its own offer has a fingerprint and no keys', async () => {
  const offer = await engineOf('auto').dtlsOffer()
  expect(offer).toMatch(/^m=audio 9 UDP\/TLS\/RTP\/SAVPF [\d ]+\r$/m)
  expect(offer).toMatch(/^a=fingerprint:sha-256 /m)
  expect(offer).not.toContain('a=crypto')
})

test('nothing of the library outlives its endpoint', async () => {
  const engine = engineOf('wrtc')
  const { room } = await call(engine)
  const { pid } = engine.status
  await room.close()
  await engine.stop()
  expect(() => process.kill(pid!, 0)).toThrow('ESRCH')
})
