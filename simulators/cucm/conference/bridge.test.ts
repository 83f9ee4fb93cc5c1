import { afterEach, expect, test } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { AudioStream } from '#simulators/protocol/media/audio-stream.ts'
import { networkAt } from '../cluster.fixture.ts'
import { formatSessionDescription, parseSessionDescription } from '../sip/session-description.ts'
import { answeredDirection, bridgeDescription, remoteOf } from './bridge-description.ts'
import { ConferenceBridge } from './bridge.ts'

const scope = new AsyncDisposableStack()
afterEach(() => scope.disposeAsync())

const describeStream = (text: string) => parseSessionDescription(Buffer.from(text))!

test('everybody hears all others and not oneself; who holds hears nobody', async () => {
  const bridge = new ConferenceBridge({ network: networkAt('127.78.5.2') })
  scope.defer(() => bridge.stop())
  const tones = [438, 623, 808]
  const members = await Promise.all(
    tones.map(async (toneHz, index) => {
      const port = await bridge.open()
      const stream = await AudioStream.open({
        network: networkAt(`127.78.5.${31 + index}`),
        isSecure: false,
        toneHz,
        origin: 'test',
        sessionName: 'test',
        ports: [16_384, 17_000],
      })
      scope.defer(() => stream.close())
      stream.takeOffer(formatSessionDescription(bridgeDescription(port.local, 'sendrecv')))
      port.setRemote(remoteOf(describeStream(stream.answer())))
      return { port, stream }
    }),
  )
  const heardBy = (index: number) =>
    members[index]!.stream.report(200)
      .heardTones.map((hz) => Math.round(hz))
      .toSorted((one, other) => one - other)
  const isNear = (heard: number[], wanted: number[]) =>
    heard.length === wanted.length && wanted.every((hz, index) => Math.abs(hz - heard[index]!) < 8)
  for (const [index, own] of tones.entries()) {
    const others = tones.filter((hz) => hz !== own)
    await waitFor(`${others.join(' and ')} Hz`, () => isNear(heardBy(index), others), {
      lastSeen: () => heardBy(index),
    })
  }
  const [first] = members
  const offer = describeStream(first!.stream.offer().replace('a=sendrecv', 'a=sendonly'))
  first!.port.setRemote(remoteOf(offer))
  expect(answeredDirection(offer)).toBe('recvonly')
  await waitFor('silence', () => heardBy(0).length === 0)
})

test('a refused stream is a member who hears nothing', () => {
  expect(remoteOf(describeStream('v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n'))).toEqual({
    address: '0.0.0.0',
    port: 0,
    wantsToHear: false,
  })
})
