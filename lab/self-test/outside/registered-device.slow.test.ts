import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import type { Baresip } from './baresip.ts'
import { deviceAccount, startBaresip } from './baresip.ts'
import type { RunningLab } from './mra-command.ts'
import { startLabCommand } from './mra-command.ts'
import { lacks } from './programs.ts'

const cannotRun = lacks('a device of the VCS Control with baresip', ['baresip'])
const folder = mkdtempSync(join(tmpdir(), 'mra-registered-'))

let running: RunningLab
let phone: Baresip

beforeAll(async () => {
  if (cannotRun) return
  running = await startLabCommand('--topology', 'business')
  const { line } = running
  phone = await startBaresip({
    folder,
    // Its RTP leaves from here whatever it is told.
    address: '127.0.0.1',
    caPath: line.ca,
    account: deviceAccount({
      alias: `judge@${line.domain}`,
      password: 'none',
      address: line.hosts['vcsc1']!.address,
    }),
  })
}, 60_000)

afterAll(async () => {
  if (cannotRun) return
  await phone.stop()
  await running.stop()
  rmSync(folder, { recursive: true, force: true })
}, 30_000)

describe.skipIf(cannotRun)('baresip as a device of the VCS Control', () => {
  test('registers over TCP', async () => {
    await waitFor('the registration', () => /SIP\/2\.0 200 OK[^]*?CSeq: \d+ REGISTER/.test(phone.log()), {
      lastSeen: () => phone.log().slice(-1500),
    })
  })

  test.each([
    ['another device of the Control', 'dave'],
    ['the desk phone, over the SIP trunk', '1003'],
    ['the partner company, through the Expressway', 'peter@partner.test'],
  ])('calls %s, with audio both ways', async (_, to) => {
    const { domain } = running.line
    const before = phone.log().length
    phone.command('dial', `sip:${to.includes('@') ? to : `${to}@${domain}`}`)
    const { type, param } = await phone.event('CALL_ESTABLISHED', 'CALL_CLOSED')
    expect([type, param]).toEqual(['CALL_ESTABLISHED', expect.any(String)])
    await waitFor('audio both ways', () => /audio=[1-9]\d+\/[1-9]\d+ \(bit\/s\)/.test(phone.log().slice(before)))
    phone.command('hangup')
    await phone.event('CALL_CLOSED')
    await waitFor('its summary of the call', () => /jitter: .*\n/.test(phone.log().slice(before)))
    const row = (name: string) =>
      new RegExp(`^${name}: +(\\d+) +(\\d+)`, 'm').exec(phone.log().slice(before))!.slice(1).map(Number)
    const [sent, received] = row('packets') as [number, number]
    expect(Math.min(sent, received)).toBeGreaterThan(10)
    expect(row('errors')).toEqual([0, 0])
  })

  test('an address that nobody has is answered 404', async () => {
    phone.command('dial', `sip:nobody@${running.line.domain}`)
    expect((await phone.event('CALL_ESTABLISHED', 'CALL_CLOSED')).type).toBe('CALL_CLOSED')
    expect(phone.log()).toMatch(/SIP\/2\.0 404 /)
  })
})
