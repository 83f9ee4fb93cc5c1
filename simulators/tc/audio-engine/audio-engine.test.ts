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
