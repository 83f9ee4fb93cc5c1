import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SignInResult } from '#lab/endpoint.ts'
import type { Host } from '#runtime/host.ts'
import type { ManagementClient } from '#runtime/management.ts'
import { inlineManagement } from '#runtime/management.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { startJabber } from '#simulators/jabber/start.ts'
import { startWebex } from '#simulators/webex/start.ts'
import { besideTests, lacks, run } from './programs.ts'

const cannotRun = lacks('the WebEx cloud with slixmpp', ["/usr/bin/python3 -c 'import slixmpp'"])
const folder = mkdtempSync(join(tmpdir(), 'mra-webex-'))
const ca = join(folder, 'ca.pem')
const addresses = { cloud: '127.224.1.92', bob: '127.224.1.72' }
const passwords = { alice: 'alice-password', bob: 'bob-password' }

const hosts: Host[] = []
let bob: ManagementClient

beforeAll(async () => {
  if (cannotRun) return
  const identity = selfSigned('loginp.webexconnect.com', 'example.com')
  writeFileSync(ca, identity.cert)
  const cloud = testHost({ name: 'loginp', address: addresses.cloud, identity })
  const users = Object.entries(passwords).map(([userId, password]) => ({ userId, password }))
  const environment = { ...cloud.environment, fqdn: 'loginp.webexconnect.com' }
  hosts.push(await startWebex(environment, { domain: 'example.com', users }, new AbortController().signal))
  const names = { 'loginp.webexconnect.com': addresses.cloud, '_collab-edge._tls.example.com': 'vcse1:8443' }
  const client = testHost({ name: 'bob', address: addresses.bob, names, trust: [identity.cert] })
  const settings = { id: 'bob', password: passwords.bob, domain: 'example.com' }
  const jabber = await startJabber({ ...client.environment, data: folder }, settings)
  hosts.push(jabber)
  bob = inlineManagement('bob', jabber.management)
  const { error } = await bob.call<SignInResult>('signIn', { stages: ['service-discovery', 'im-login', 'im-connect'] })
  expect(error).toBeUndefined()
}, 30_000)

afterAll(async () => {
  for (const host of hosts.reverse()) await host.stop()
  rmSync(folder, { recursive: true, force: true })
})

const script = besideTests('xmpp-client.py')
const wordsFor = (password: string) => [script, addresses.cloud, '5222', ca, 'alice@example.com', password]
const happened = (text: string) => {
  const lines = text.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe.skipIf(cannotRun)('slixmpp at the WebEx cloud', () => {
  test('signs in, sees roster and presence, and chats with a Jabber of ours', async () => {
    const words = ['--to', 'bob@example.com', '--text', 'from outside: <&> ä', '--listen']
    const alice = spawn('/usr/bin/python3', [...wordsFor(passwords.alice), ...words])
    let heard = ''
    alice.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    const left = new Promise((resolve) => alice.once('close', resolve))
    let last: { text: string; peer: string }[] = []
    const isRead = async () => {
      last = await bob.call<typeof last>('messages')
      return last.some(({ text, peer }) => text === 'from outside: <&> ä' && peer.startsWith('alice@example.com/'))
    }
    await waitFor('the message at Bob', isRead, { limitMs: 8_000, lastSeen: () => ({ last, heard }) })
    await bob.call('sendMessage', { to: 'alice@example.com', text: 'heard: <&> ö' })
    await left
    const seen = happened(heard)
    expect(seen.map(({ event }) => event).slice(0, 3)).toEqual(['tls', 'bound', 'roster'])
    expect(seen[2]!['contacts']).toContain('bob@example.com')
    const present = seen.filter(({ event }) => event === 'presence').map(({ from }) => String(from).split('/')[0])
    expect(present).toContain('bob@example.com')
    expect(seen).toContainEqual({ event: 'message', from: 'bob@example.com', body: 'heard: <&> ö' })
  }, 20_000)

  test('a wrong password ends it', async () => {
    const { stdout } = await run('/usr/bin/python3', wordsFor(passwords.bob))
    expect(happened(stdout)).toEqual([{ event: 'tls' }, { event: 'refused', reason: 'not-authorized' }])
  }, 20_000)
})
