import { expect, onTestFinished, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { synchroniseClock } from './clock-synchronisation.ts'

const [own, server] = ['127.77.1.80', '127.77.1.54']

/** A server whose clock is `aheadMs` ahead; `spoil` changes its answer. */
async function timeServer(aheadMs: number, spoil: (answer: Buffer) => void = () => {}): Promise<void> {
  const host = testHost({ address: server })
  const udp = await host.network.udp({
    port: 123,
    protocol: 'NTP',
    onMessage(question, from) {
      const answer = Buffer.alloc(48)
      answer[0] = 0x24
      answer[1] = 2
      question.copy(answer, 24, 40, 48)
      const seconds = (Date.now() + aheadMs) / 1_000 + 2_208_988_800
      for (const at of [32, 40]) {
        answer.writeUInt32BE(Math.floor(seconds), at)
        answer.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), at + 4)
      }
      spoil(answer)
      udp.send(answer, from.port, from.address)
    },
  })
  onTestFinished(() => udp.close())
}

const endpoint = () => testHost({ address: own, names: { 'ntp.example.com': server } })

test('the clock is set by the server of the device file', async () => {
  await timeServer(0)
  const { environment, wall } = endpoint()
  wall.setOffset(-300_000)
  const report = await synchroniseClock(environment, ['ntp.example.com'])
  expect(report).toMatchObject({ state: 'synchronised', server: 'ntp.example.com' })
  expect(Math.abs(wall.now().getTime() - Date.now())).toBeLessThan(500)
})

test('a server whose name is not known is passed over', async () => {
  await timeServer(0)
  const { environment } = endpoint()
  expect(await synchroniseClock(environment, ['ntp1.inside', server])).toMatchObject({ state: 'synchronised', server })
  expect(await synchroniseClock(environment, ['ntp1.inside'])).toEqual({
    state: 'unsynchronised',
    why: 'ntp1.inside: ntp1.inside has no address',
  })
})

test.each([
  ['is not synchronised itself', (answer: Buffer) => void (answer[0] = 0xe4)],
  ['refuses (kiss code)', (answer: Buffer) => void (answer[1] = 0)],
  ['answers another question', (answer: Buffer) => void (answer[24]! ^= 1)],
])('a server that %s does not set the clock', async (_, spoil) => {
  await timeServer(60_000, spoil)
  const { environment, wall } = endpoint()
  expect((await synchroniseClock(environment, [server])).state).toBe('unsynchronised')
  expect(Math.abs(wall.now().getTime() - Date.now())).toBeLessThan(500)
})

test('nothing is asked where the file names nobody', async () => {
  expect(await synchroniseClock(endpoint().environment, [])).toEqual({ state: 'no server' })
})
