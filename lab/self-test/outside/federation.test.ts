import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDns } from '#lab/dns/start.ts'
import type { DnsRecord } from '#lab/dns/start.ts'
import { PlainXmppClient } from '#lab/operator/plain-xmpp-client.ts'
import type { Host } from '#runtime/host.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { startImAndPresence } from '#simulators/imp/start.ts'
import type { Prosody } from './prosody.ts'
import { startProsody } from './prosody.ts'
import { lacks } from './programs.ts'

const cannotRun = lacks('federation with prosody', ['prosody'])
const folder = mkdtempSync(join(tmpdir(), 'mra-federation-'))
const addresses = { dns: '127.223.1.53', ours: '127.223.3.30', theirs: '127.223.1.91', client: '127.223.3.72' }
const passwords = { alice: 'alice-password', dora: 'dora-password' }
const identity = selfSigned('imp1.example.com', 'example.com')

const hosts: Host[] = []
let prosody: Prosody
let alice: PlainXmppClient
let dora: PlainXmppClient

beforeAll(async () => {
  if (cannotRun) return
  const service = (domain: string, target: string): DnsRecord => {
    return { name: `_xmpp-server._tcp.${domain}`, type: 'SRV', priority: 10, weight: 10, port: 5269, target }
  }
  const records: DnsRecord[] = [
    service('example.com', 'imp1.example.com'),
    { name: 'imp1.example.com', type: 'A', address: addresses.ours },
    service('partner.test', 'xmpp.partner.test'),
    { name: 'xmpp.partner.test', type: 'A', address: addresses.theirs },
  ]
  const dns = testHost({ name: 'dns', address: addresses.dns })
  hosts.push(await startDns(dns.environment, { zones: ['example.com', 'partner.test'], records }))
  const names = { '_xmpp-server._tcp.partner.test': 'xmpp.partner.test:5269', 'xmpp.partner.test': addresses.theirs }
  const configuration = {
    domain: 'example.com',
    users: [{ userId: 'alice', password: passwords.alice }],
    xcpSecret: 'none',
    axl: { user: 'axl', password: 'axl' },
    services: { xmppFederationConnectionManager: true },
  }
  const { environment } = testHost({ name: 'imp1', address: addresses.ours, identity, names })
  hosts.push(await startImAndPresence(environment, configuration, new AbortController().signal))
  const accounts = { dora: passwords.dora }
  const { dns: server, theirs: address } = addresses
  prosody = startProsody({ folder, address, dns: server, domain: 'partner.test', accounts })
  await waitFor('prosody', () => prosody.log().includes("Activated service 'c2s'"), { lastSeen: () => prosody.log() })
  const { network } = testHost({ name: 'client', address: addresses.client, trust: [identity.cert] })
  alice = new PlainXmppClient(network, 'example.com')
  dora = new PlainXmppClient(network, 'partner.test')
  await alice.signIn(addresses.ours, { user: 'alice', password: passwords.alice, serverName: 'example.com' })
  await dora.signIn(addresses.theirs, { user: 'dora', password: passwords.dora, serverName: 'partner.test' })
}, 30_000)

afterAll(async () => {
  alice?.close()
  dora?.close()
  await prosody?.stop()
  for (const host of hosts) await host.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function reads(reader: PlainXmppClient, from: string, body: string): Promise<void> {
  const fits = (message: { from: string; body: string }) => message.from.startsWith(`${from}/`) && message.body === body
  await waitFor(`"${body}" from ${from}`, () => reader.messages.some(fits), {
    limitMs: 8_000,
    lastSeen: () => ({ messages: reader.messages, log: prosody.log().slice(-3_000) }),
  })
}

describe.skipIf(cannotRun)('federation with prosody', () => {
  test('it verifies us by dialback and takes our messages', async () => {
    alice.write('dora@partner.test', 'hello there')
    await reads(dora, 'alice@example.com', 'hello there')
    expect(prosody.log()).toContain('example.com->partner.test is now authenticated')
  })

  test('we verify it by dialback and take its messages', async () => {
    dora.write('alice@example.com', 'hello here')
    await reads(alice, 'dora@partner.test', 'hello here')
    const state = await hosts[1]!.management['state']!({} as never)
    expect(state).toMatchObject({ federation: { incoming: [{ domains: ['partner.test'] }] } })
  })

  test('what cannot be delivered comes back from the other side', async () => {
    alice.write('nobody@partner.test', 'x')
    dora.write('nobody@example.com', 'x')
    for (const client of [alice, dora]) {
      await waitFor('the error', () => client.messages.some(({ error }) => error === 'service-unavailable'))
    }
  })
})
