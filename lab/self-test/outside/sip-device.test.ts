import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import { inlineManagement } from '#runtime/management.ts'
import type { ManagementClient } from '#runtime/management.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { startSipDevice } from '#simulators/sip-device/start.ts'
import type { Baresip } from './baresip.ts'
import { deviceAccount, startBaresip } from './baresip.ts'
import { besideTests, lacks } from './programs.ts'

const cannotRun = lacks('the SIP device beside baresip', ['baresip'])
const folder = mkdtempSync(join(tmpdir(), 'mra-device-'))
const ownAddress = '127.222.3.65'
/** baresip's RTP leaves from here whatever it is told, and the device takes it from where it was negotiated only. */
const baresipAddress = '127.0.0.1'
const toneOfBaresip = 425

let host: Host
let device: ManagementClient

beforeAll(async () => {
  const { environment } = testHost({ address: ownAddress, name: 'dave' })
  const configuration = { id: 'dave', domain: 'example.com', listen: { tcp: 5060 }, callsBy: 'dns', toneHz: 700 }
  host = await startSipDevice(environment, { ...configuration, encryption: 'best effort' })
  device = inlineManagement('dave', host.management)
  await device.call('signIn')
})

afterAll(async () => {
  await host.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** baresip with our device as its proxy, though it never registers. */
function start(encryption?: string): Promise<Baresip> {
  const account = deviceAccount({
    alias: 'judge@example.com',
    password: 'none',
    address: ownAddress,
    registers: false,
    ...(encryption === undefined ? {} : { encryption }),
  })
  return startBaresip({
    folder: join(folder, encryption ?? 'clear'),
    address: baresipAddress,
    sipPort: 5060,
    caPath: besideTests('untrusted.pem'),
    account,
  })
}

interface Heard {
  readonly heardHz?: number
  readonly packetsReceived: number
  readonly suite?: string
}

async function hearsBaresip(): Promise<Heard> {
  let last: Heard | undefined
  return waitFor(
    'the tone of baresip',
    async () => {
      last = await device.call<Heard>('audio', { heardForMs: 300 })
      return Math.abs((last.heardHz ?? 0) - toneOfBaresip) < 5 && last
    },
    { lastSeen: () => last },
  )
}

/** baresip's own count of what it received. */
const receivedBy = (log: string) => Number(/^packets: +\d+ +(\d+)/m.exec(log)?.[1])

describe.skipIf(cannotRun)('the SIP device beside baresip', () => {
  test.each([
    ['RTP', undefined, 'none'],
    ['SRTP', 'srtp-mand', 'AES_CM_128_HMAC_SHA1_80'],
  ])('baresip calls it over %s: audio both ways, hold, and baresip hangs up', async (_, encryption, suite) => {
    const judge = await start(encryption)
    try {
      judge.command('dial', `sip:dave@${ownAddress};transport=tcp`)
      await judge.event('CALL_ESTABLISHED')
      await device.call('waitCall', { state: 'connected' })
      expect(await hearsBaresip()).toMatchObject({ suite })
      expect(await device.call('hold')).toMatchObject({ status: 200 })
      expect(await device.call('resume')).toMatchObject({ status: 200 })
      await hearsBaresip()
      judge.command('hangup')
      expect(await device.call('waitCall', { state: 'ended' })).toMatchObject({ endedBy: 'BYE received' })
      await waitFor('its summary of the call', () => receivedBy(judge.log()) > 5, {
        lastSeen: () => judge.log().slice(-1500),
      })
    } finally {
      await judge.stop()
    }
  })

  test('it calls baresip and hangs up', async () => {
    const judge = await start()
    try {
      const { callId } = await device.call<{ callId: string }>('call', {
        to: `sip:judge@${baresipAddress}:5060;transport=tcp`,
      })
      await device.call('waitCall', { callId, state: 'connected' })
      await hearsBaresip()
      await device.call('hangUp', { callId })
      await judge.event('CALL_CLOSED')
    } finally {
      await judge.stop()
    }
  })

  test('with further streams in its offer baresip still takes the audio', async () => {
    const judge = await start()
    try {
      await device.call('setMedia', { furtherStreams: ['video', 'slides', 'bfcp', 'fecc'] })
      const { callId } = await device.call<{ callId: string }>('call', {
        to: `sip:judge@${baresipAddress}:5060;transport=tcp`,
      })
      await device.call('waitCall', { callId, state: 'connected' })
      await hearsBaresip()
      await device.call('hangUp', { callId })
    } finally {
      await judge.stop()
    }
  })
})
