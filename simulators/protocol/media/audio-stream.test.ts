import { afterEach, expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { OpenEngineLine } from './audio-engine.ts'
import type { AudioStreamOptions } from './audio-stream.ts'
import { AudioStream, NoCommonMedia } from './audio-stream.ts'
import { PlainEngineLine } from './plain-engine.ts'

const open: AudioStream[] = []
afterEach(async () => {
  for (const stream of open.splice(0)) await stream.close()
})

async function stream(name: string, address: string, toneHz: number, more: Partial<AudioStreamOptions> = {}) {
  const opened = await AudioStream.open({
    network: testHost({ name, address }).network,
    isSecure: true,
    toneHz,
    origin: 'Cisco-SIPUA',
    sessionName: 'SIP Call',
    ports: [16_384, 32_766],
    ...more,
  })
  open.push(opened)
  return opened
}

function connect(caller: AudioStream, callee: AudioStream, change = (sdp: string) => sdp) {
  callee.takeOffer(change(caller.offer()))
  caller.takeAnswer(callee.answer())
}

const hearing = (one: AudioStream) =>
  waitFor('a tone', () => one.report(500).heardHz !== undefined && one.report(500), { limitMs: 4_000 })

test.each([
  ['SRTP with an 80-bit tag', true, (sdp: string) => sdp, 'AES_CM_128_HMAC_SHA1_80'],
  ['SRTP with a 32-bit tag', true, (sdp: string) => sdp.replace(/a=crypto:1 .*\r\n/, ''), 'AES_CM_128_HMAC_SHA1_32'],
  ['plain RTP', false, (sdp: string) => sdp, 'none'],
])('two endpoints hear each other through %s', async (_name, isSecure, change, suite) => {
  const alice = await stream('alice', '127.249.1.71', 437, { isSecure })
  const bob = await stream('bob', '127.249.3.72', 441, { isSecure })
  connect(alice, bob, change)
  const [atAlice, atBob] = await Promise.all([hearing(alice), hearing(bob)])
  expect(atAlice.heardHz).toBeCloseTo(441, 0)
  expect(atBob.heardHz).toBeCloseTo(437, 0)
  expect(atBob).toMatchObject({ suite, authFailures: 0, strangers: 0, lost: 0 })
  await waitFor('a report about the packets sent', () => alice.report(500).peerReport, { limitMs: 4_000 })
  expect(alice.report(500)).toMatchObject({ authFailures: 0, peerReport: { packetsLost: 0 } })
})

test('one wrong bit of the key: nothing is heard and every packet is counted', async () => {
  const alice = await stream('alice', '127.249.1.71', 437, { hasWrongKeyBit: true })
  const bob = await stream('bob', '127.249.3.72', 441)
  connect(alice, bob)
  expect((await hearing(alice)).heardHz).toBeCloseTo(441, 0)
  const atBob = bob.report(500)
  expect(atBob.authFailures).toBeGreaterThan(10)
  expect(atBob).toMatchObject({ packetsReceived: 0 })
  expect(atBob.heardHz).toBeUndefined()
})

test('held audio falls silent and comes back with the same keys', async () => {
  const alice = await stream('alice', '127.249.1.71', 437)
  const bob = await stream('bob', '127.249.3.72', 441)
  connect(alice, bob)
  await hearing(alice)
  alice.want('sendonly')
  connect(alice, bob)
  expect(bob.report(500).direction).toBe('recvonly')
  expect([alice.hold, bob.hold]).toEqual(['local', 'remote'])
  await waitFor('silence at alice', () => alice.report(500).heardHz === undefined, { limitMs: 4_000 })
  alice.want('sendrecv')
  connect(alice, bob)
  expect([alice.hold, bob.hold]).toEqual(['none', 'none'])
  expect((await hearing(alice)).authFailures).toBe(0)
})

test('keys pressed are heard in their order', async () => {
  const [alice, bob] = [await stream('alice', '127.249.1.71', 437), await stream('bob', '127.249.3.72', 441)]
  connect(alice, bob)
  alice.sendDigits('11*#')
  await waitFor('the keys', () => bob.report(500).keysHeard === '11*#', { limitMs: 4_000 })
  expect(() => alice.sendDigits('x')).toThrow('keys of a telephone')
})

test('packets from elsewhere are not taken', async () => {
  const bob = await stream('bob', '127.249.3.72', 441)
  const alice = await stream('alice', '127.249.1.71', 437)
  connect(alice, bob)
  const mallory = await testHost({ address: '127.249.1.99' }).network.udp({
    port: 0,
    protocol: 'RTP',
    onMessage: () => {},
  })
  const { local } = bob.report(500)
  mallory.send(Buffer.alloc(172, 0x80), local.port, local.address)
  await waitFor('the stranger', () => bob.report(500).strangers === 1)
  await mallory.close()
})

test('what cannot be agreed is refused', async () => {
  const secure = await stream('alice', '127.249.1.71', 437)
  const plain = await stream('phone', '127.249.3.60', 441, { isSecure: false })
  expect(() => secure.takeOffer(plain.offer())).toThrow(NoCommonMedia)
  expect(() => plain.takeOffer(secure.offer())).toThrow(NoCommonMedia)
  expect(() => secure.takeOffer(secure.offer().replaceAll('inline:', 'inline:AAAA'))).toThrow(NoCommonMedia)
  expect(() => secure.takeOffer(secure.offer().replace('SAVP 0', 'SAVP 9'))).toThrow(NoCommonMedia)
})

test('other streams of an offer are refused in their place', async () => {
  const bob = await stream('bob', '127.249.3.72', 441)
  const alice = await stream('alice', '127.249.1.71', 437)
  bob.takeOffer(`${alice.offer()}m=video 16390 RTP/SAVP 126\r\na=rtpmap:126 H264/90000\r\n`)
  expect(bob.answer().match(/^m=.*$/gm)?.[1]).toBe('m=video 0 RTP/SAVP 126')
})

test('two endpoints with a camera agree on video with keys of its own, one without refuses it', async () => {
  const alice = await stream('alice', '127.249.1.71', 437, { videoCallKbps: 6000 })
  const bob = await stream('bob', '127.249.3.72', 441, { videoCallKbps: 384 })
  const carol = await stream('carol', '127.249.3.60', 445)
  const offer = alice.offer()
  expect(offer).toMatch(/\r\nb=AS:6000\r\n.*\r\nm=video [1-9]\d+ RTP\/SAVP 97\r\n.*\r\nb=TIAS:5920000\r\n/s)
  const keys = [...offer.matchAll(/inline:([^|]+)/g)].map(([, key]) => key)
  expect(new Set(keys).size).toBe(4)
  bob.takeOffer(offer)
  const answer = bob.answer()
  expect(answer).toMatch(/m=video [1-9]\d+ RTP\/SAVP 97\r\n/)
  expect(answer.match(/a=crypto:/g)).toHaveLength(2)
  carol.takeOffer(offer)
  expect(carol.answer()).toContain('\r\nm=video 0 RTP/SAVP 97\r\n')
  bob.takeOffer(offer.replace('H264/90000', 'H263/90000'))
  expect(bob.answer()).toContain('\r\nm=video 0 RTP/SAVP 97\r\n')
})

test('where its ports are taken nothing of it stays', async () => {
  const { network } = testHost({ address: '127.249.1.71' })
  const options = { network, isSecure: true, toneHz: 437, origin: '-', sessionName: '-' } as const
  const first = await AudioStream.open({ ...options, ports: [16_500, 16_501] })
  const closed: string[] = []
  const openEngine: OpenEngineLine = async (asked) => {
    const engine = new PlainEngineLine(asked)
    return Object.assign(engine, { close: async () => void closed.push('engine') })
  }
  await expect(AudioStream.open({ ...options, ports: [16_500, 16_501], openEngine })).rejects.toThrow('EADDRINUSE')
  expect(closed).toEqual(['engine'])
  await first.close()
})
