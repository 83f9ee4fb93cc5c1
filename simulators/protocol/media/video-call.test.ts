import { afterEach, expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { AudioStreamOptions } from './audio-stream.ts'
import { AudioStream } from './audio-stream.ts'

const open: AudioStream[] = []
afterEach(async () => {
  for (const stream of open.splice(0)) await stream.close()
})

async function endpoint(name: string, address: string, more: Partial<AudioStreamOptions> = {}) {
  const opened = await AudioStream.open({
    network: testHost({ name, address }).network,
    isSecure: true,
    toneHz: 437,
    origin: 'Cisco-SIPUA',
    sessionName: 'SIP Call',
    ports: [16_384, 32_766],
    videoCallKbps: 2_000,
    encoderKbps: 1_500,
    ...more,
  })
  open.push(opened)
  return opened
}

function connect(caller: AudioStream, callee: AudioStream, change = (sdp: string) => sdp) {
  const offer = change(caller.offer())
  callee.takeOffer(offer)
  const answer = callee.answer()
  caller.takeAnswer(answer)
  return { offer, answer }
}

const seenBy = (one: AudioStream) => one.video!.report().main

test.each([true, false])(
  'two cameras show each other pictures at the rate agreed on (secure: %s)',
  async (isSecure) => {
    const alice = await endpoint('alice', '127.250.1.71', { isSecure })
    const bob = await endpoint('bob', '127.250.3.72', { isSecure, videoCallKbps: 400 })
    connect(alice, bob)
    const watched = await waitFor('a second of video', () => seenBy(bob).frames > 35 && seenBy(bob))
    expect(watched).toMatchObject({ lost: 0, spoiled: 0, authFailures: 0, picture: 'w288p', mostKbps: 1_920 })
    expect(watched.kbps).toBeGreaterThan(280)
    expect(watched.kbps).toBeLessThanOrEqual(325)
    expect(watched.suite).toBe(isSecure ? 'AES_CM_128_HMAC_SHA1_80' : 'none')
    expect(seenBy(alice)).toMatchObject({ picture: 'w288p', spoiled: 0 })
  },
)

test('a keyframe comes for each PLI and each FIR', async () => {
  const [alice, bob] = [await endpoint('alice', '127.250.1.71'), await endpoint('bob', '127.250.3.72')]
  connect(alice, bob)
  await waitFor('pictures', () => seenBy(bob).frames > 3)
  for (const kind of ['PLI', 'FIR'] as const) {
    const before = seenBy(bob).keyframes
    bob.video!.requestKeyframe(kind)
    await waitFor(`a keyframe after ${kind}`, () => seenBy(bob).keyframes > before)
    expect(seenBy(alice).keyframesAsked[kind]).toBe(1)
  }
  expect(seenBy(bob)).toMatchObject({ picture: '720p', spoiled: 0 })
})

test('slides take the floor and half of the rate, and give both back', async () => {
  const more = { hasContent: true, videoCallKbps: 384 }
  const [alice, bob] = [await endpoint('alice', '127.250.1.71', more), await endpoint('bob', '127.250.3.72', more)]
  const { offer } = connect(alice, bob)
  expect(offer.match(/^m=\S+ \d+ \S+/gm)?.map((line) => line.replace(/ \d+/, ''))).toEqual([
    'm=audio RTP/SAVP',
    'm=video RTP/SAVP',
    'm=video RTP/SAVP',
    'm=application UDP/BFCP',
    'm=application RTP/SAVP',
  ])
  await waitFor('the greeting', () => bob.video!.report().floor!.isGreeted)
  await waitFor('the picture', () => seenBy(bob).picture === 'w288p')
  await alice.video!.share()
  const slides = await waitFor('slides', () => {
    const report = bob.video!.report().slides!
    return report.frames > 5 && report
  })
  expect(slides).toMatchObject({ picture: 'w144p', suite: 'AES_CM_128_HMAC_SHA1_80' })
  expect(bob.video!.report().floor).toMatchObject({ role: 'server', holder: 'peer', strangers: 0, malformed: 0 })
  await waitFor('the smaller picture', () => seenBy(bob).picture === 'w144p')
  // The server takes the floor over: the client is told.
  await bob.video!.share()
  await waitFor('the revocation', () => alice.video!.report().floor!.holder === 'peer')
  await waitFor('slides of bob', () => alice.video!.report().slides!.frames > 2)
  await bob.video!.stopSharing()
  await waitFor('the free floor', () => alice.video!.report().floor!.holder === 'nobody')
  await waitFor('the larger picture again', () => seenBy(bob).picture === 'w288p')
})

test('the far camera is turned', async () => {
  const more = { hasContent: true }
  const [alice, bob] = [await endpoint('alice', '127.250.1.71', more), await endpoint('bob', '127.250.3.72', more)]
  connect(alice, bob)
  alice.video!.turnFarCamera('left')
  await waitFor('the move', () => bob.video!.report().cameraControl!.moves.join() === 'left')
})

test('new keys in mid-call lose nothing; slides stay in their place in an offer of the called party', async () => {
  const more = { hasContent: true, firstSequence: 65_500 }
  const [alice, bob] = [await endpoint('alice', '127.250.1.71', more), await endpoint('bob', '127.250.3.72', more)]
  connect(alice, bob)
  await waitFor('packets behind the roll-over', () => seenBy(bob).packetsReceived > 100)
  alice.renewKeys()
  bob.renewKeys()
  const { offer } = connect(bob, alice)
  expect(offer.match(/^m=/gm)).toHaveLength(5)
  const before = seenBy(bob).frames
  await waitFor('pictures under the new keys', () => seenBy(bob).frames > before + 20)
  for (const one of [alice, bob]) {
    expect(one.report(500)).toMatchObject({ lost: 0, authFailures: 0 })
    expect(seenBy(one)).toMatchObject({ lost: 0, authFailures: 0, spoiled: 0 })
  }
})

test('a phone without a camera keeps the place of refused streams in its own offers', async () => {
  const alice = await endpoint('alice', '127.250.1.71', { hasContent: true })
  const carol = await endpoint('carol', '127.250.3.60', { videoCallKbps: undefined })
  const { answer } = connect(alice, carol)
  expect(answer.match(/^m=\S+ 0 /gm)).toHaveLength(4)
  expect(alice.video!.report().main.isAgreed).toBe(false)
  expect(carol.offer().match(/^m=\S+ 0 /gm)).toHaveLength(4)
})
