import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { cseq } from '#simulators/protocol/sip/message.ts'
import type { RunningCluster } from '../cluster.fixture.ts'
import { networkAt, smallCluster, startTestCluster } from '../cluster.fixture.ts'
import { ScriptedDevice } from '../scripted-device.fixture.ts'

const address = '127.78.3.7'
let cluster: RunningCluster
let noisy: ScriptedDevice
let quiet: ScriptedDevice

beforeEach(async () => {
  const serviceParameters = { sipStationTcpPortThrottleThreshold: 20 }
  cluster = await startTestCluster(address, { ...smallCluster, serviceParameters })
  noisy = await ScriptedDevice.connect(networkAt('127.78.3.71'), address, { name: 'CSFALICE', line: '1001' })
  quiet = await ScriptedDevice.connect(networkAt('127.78.3.72'), address, { name: 'SEP0000000000B0', line: '2001' })
})
afterEach(async () => {
  noisy[Symbol.dispose]()
  quiet[Symbol.dispose]()
  await cluster[Symbol.asyncDispose]()
})

const throttled = async () =>
  (await cluster.management.call<{ throttled: { stalled: number; closed: number; addresses: string[] } }>('state'))
    .throttled

const options = (device: ScriptedDevice) =>
  device.request('OPTIONS', 'sip:cucm1.example.com', [
    'From: <sip:1001@cucm1.example.com>;tag=x',
    'To: <sip:cucm1.example.com>',
    'Call-ID: flood',
    `Subject: ${'x'.repeat(5_000)}`,
  ])

test('above the threshold an address waits for the next second, others do not', async () => {
  for (let count = 0; count < 6; count++) options(noisy)
  await waitFor('the stall', async () => (await throttled()).stalled === 1)
  noisy.register()
  quiet.register()
  await quiet.response(200)
  expect(noisy.received.filter((each) => cseq(each).method === 'REGISTER')).toEqual([])
  await noisy.response(200, 'REGISTER')
  expect(await throttled()).toEqual({ stalled: 1, closed: 0, addresses: ['127.78.3.71'] })
})

test('who goes on for three seconds is disconnected; at 750 KB/second the same load passes', async () => {
  const flood = async (until: () => boolean | Promise<boolean>) =>
    waitFor(
      'the end of the flood',
      async () => {
        for (let count = 0; count < 3; count++) options(noisy)
        return until()
      },
      { limitMs: 8_000, everyMs: 50 },
    )
  await flood(() => noisy.isClosed)
  expect(await throttled()).toMatchObject({ closed: 1 })
  await cluster.management.call('set', {
    page: 'System > Service Parameters',
    field: 'SIP Station TCP Port Throttle Threshold',
    value: 750,
  })
  noisy = await ScriptedDevice.connect(networkAt('127.78.3.71'), address, { name: 'CSFALICE', line: '1001' })
  const before = (await throttled()).stalled
  let rounds = 0
  await flood(() => ++rounds > 30)
  noisy.register()
  await noisy.response(200, 'REGISTER')
  expect(await throttled()).toMatchObject({ stalled: before, closed: 1 })
})
