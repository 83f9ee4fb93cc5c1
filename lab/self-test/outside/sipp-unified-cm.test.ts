import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { Lab } from '../../lab.ts'
import { openEndpointProcesses } from '../../roles/endpoints.ts'
import { besideTests, lacks } from './programs.ts'

const isMissing = lacks("SIPp in Unified CM's place", ['sipp'])
const folder = mkdtempSync(join(tmpdir(), 'mra-sipp-'))
const endpoints = openEndpointProcesses(['jabber', 'tc'])
let lab: Lab
let sipp: ChildProcess

beforeAll(async () => {
  if (isMissing) return
  lab = await Lab.start({
    seed: 'sipp',
    endpoints,
    pkiFolder: fileURLToPath(new URL('../../../.mra/pki', import.meta.url)),
  })
  // Everything of Unified CM stays ours but the line side: its SIP phone port is SIPp's.
  await lab.host('cucm1').management.call('set', { path: 'services.callManager', value: false })
  const address = lab.plan('cucm1').specification.addresses[0]!
  const scenario = besideTests('sipp-unified-cm.xml')
  const words = ['-sf', scenario, '-i', address, '-mi', address, '-p', '5060', '-t', 't1', '-nostdin', '-trace_msg']
  sipp = spawn('sipp', [...words, '-timeout', '60s'], { cwd: folder, stdio: 'ignore' })
}, 30_000)

afterAll(async () => {
  sipp?.kill('SIGKILL')
  await lab?.stop()
  await endpoints.stop()
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(isMissing).each([
  ['alice', '1001'],
  ['boardroom', '1004'],
])(
  '%s registers at SIPp through the edge, and answers what Unified CM asks',
  async (user, line) => {
    const { state, error } = await lab.endpoint(user).signIn()
    expect({ state, error }).toEqual({ state: 'signed-in', error: undefined })
    const answers = () => finalAnswers(received(), line)
    await waitFor('an answer to BYE', () => answers()['BYE'] !== undefined, { limitMs: 10_000, lastSeen: answers })
    expect(answers()).toEqual({ INVITE: 200, UPDATE: 200, REFER: 202, NOTIFY: 200, BYE: 200 })
    expect(offerOf(line)).toMatch(/^m=audio [1-9]\d* RTP\/AVP /m)
    const call = await lab.endpoint(user).call('waitCall', { state: 'ended' })
    expect(call).toMatchObject({ direction: 'incoming', endedBy: 'BYE received' })
  },
  30_000,
)

/** What SIPp has read from the wire, message by message. */
function received(): string[] {
  const logs = readdirSync(folder).filter((name) => name.endsWith('_messages.log'))
  const blocks = logs.flatMap((name) => readFileSync(join(folder, name), 'utf8').split(/^-{20,}.*$/m))
  return blocks.filter((block) => /message received/.test(block)).map((block) => block.replace(/^.*\n\n?/, ''))
}

/** By method, for the call of the device that registered this line. */
function finalAnswers(messages: readonly string[], line: string): Record<string, number> {
  const callId = callIdOf(messages, line)
  const answers = messages.flatMap((message) => {
    const [, status] = /SIP\/2\.0 ([2-6]\d\d)/.exec(message) ?? []
    const [, method] = /^CSeq: *\d+ (\w+)/im.exec(message) ?? []
    return status !== undefined && method !== undefined && message.includes(callId) ? [[method, Number(status)]] : []
  })
  return Object.fromEntries(answers)
}

function callIdOf(messages: readonly string[], line: string): string {
  const register = messages.find((message) => /REGISTER /.test(message) && message.includes(`sip:${line}@`))
  return /^Call-ID: *(\S+)/im.exec(register ?? '')?.[1] ?? 'no registration'
}

/** The description in the 200 to the INVITE without one. */
function offerOf(line: string): string {
  const messages = received()
  const callId = callIdOf(messages, line)
  return messages.find((each) => each.includes(callId) && /SIP\/2\.0 200/.test(each) && /101 INVITE/.test(each)) ?? ''
}
