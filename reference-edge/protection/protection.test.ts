import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Connection, Listener } from '#runtime/network.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { FailureCategory } from './failure-category.ts'
import type { FirewallRule } from './firewall-rule.ts'
import { confirmationSeconds } from './firewall.ts'
import { httpFailure } from './http-failure.ts'
import { type Protection, startProtection } from './protection.ts'
import { type CategorySettings, defaultProtectionSettings, type ProtectionSettings } from './protection-settings.ts'

const attacker = testHost({ address: '127.76.31.2' })
const neighbour = testHost({ address: '127.76.31.3' })

let edge: ReturnType<typeof testHost>
let settings: ProtectionSettings
let protection: Protection
let listener: Listener
let alarms: Map<number, string | undefined>

beforeEach(async () => {
  edge = testHost({ address: '127.76.31.1', traceLevel: 'bytes' })
  settings = defaultProtectionSettings
  alarms = new Map()
  start()
  listener = await edge.network.listenHttp({
    port: 8443,
    onUnreadable: ({ address }, status) => feed(address, status, false),
    async handler({ target, remote, headers }) {
      const status = Number(target.slice(1))
      feed(remote.address, status, headers['authorization'] !== undefined)
      return { status, headers: {} }
    },
  })
})

afterEach(async () => {
  await listener.stop()
  await protection.stop()
  edge.wall.stop()
})

function start(options: Partial<Parameters<typeof startProtection>[0]> = {}) {
  protection = startProtection({
    environment: edge.environment,
    guard: edge.network.guard,
    settings: () => settings,
    alarms: { set: (id, isRaised, detail) => void (isRaised ? alarms.set(id, detail) : alarms.delete(id)) },
    ...options,
  })
}

function feed(source: string, status: number, hasCredentials: boolean) {
  const category = httpFailure({ status, isOwn: status === 400, hasCredentials })
  if (category !== undefined) protection.report({ category, source })
}

function switchOn(
  categories: Partial<Record<FailureCategory, Partial<CategorySettings>>>,
  service: 'On' | 'Off' = 'On',
) {
  const changed = Object.entries(categories).map(([name, change]) => [
    name,
    { ...settings.categories[name as FailureCategory], status: 'On', ...change },
  ])
  settings = { ...settings, service, categories: { ...settings.categories, ...Object.fromEntries(changed) } }
}

/** The status of an answer, or `silence`. */
async function ask(host: typeof attacker, target: string, timeoutMs = 5_000): Promise<number | 'silence'> {
  await using client = host.network.httpClient(() => dial(host))
  const headers = { Host: 'edge', Authorization: 'Basic eDp5' }
  return client.send({ method: 'GET', target, headers, timeoutMs }).then(
    ({ status }) => status,
    (error: { code?: string }) => {
      if (error.code !== 'ETIMEDOUT') throw error
      return 'silence'
    },
  )
}

function dial({ network }: typeof attacker): Promise<Connection> {
  return network.dialTcp({ to: listener.local, protocol: 'HTTP' })
}

async function askTimes(host: typeof attacker, target: string, times: number) {
  const statuses = []
  for (let count = 0; count < times; count++) statuses.push(await ask(host, target))
  return statuses
}

const quiet = 300

test('five failures are answered, then the address gets silence while another is served, until the block ends', async () => {
  switchOn({ 'http-ce-auth': {} })
  expect(await askTimes(attacker, '/401', 5)).toEqual([401, 401, 401, 401, 401])
  expect(await ask(attacker, '/200', quiet)).toBe('silence')
  expect(await ask(neighbour, '/200')).toBe(200)
  expect(protection.status()).toMatchObject({
    blocked: [{ address: '127.76.31.2', title: 'HTTP proxy authorization failure', ports: [8443] }],
  })
  expect(categoryStatus('http-ce-auth')).toMatchObject({
    status: 'On: Active',
    currentlyBlocked: 1,
    totalFailures: 5,
    totalBlocks: 1,
  })
  expect(edge.records).toContainEqual(
    expect.objectContaining({ event: 'Security Alert', module: 'fail2ban', 'Src-ip': '127.76.31.2' }),
  )
  await edge.wall.advance(599_000)
  expect(protection.status().blocked).toHaveLength(1)
  await edge.wall.advance(1_000)
  expect(await ask(attacker, '/200')).toBe(200)
  expect(categoryStatus('http-ce-auth')).toMatchObject({ currentlyBlocked: 0, totalBlocks: 1 })
})

test('the answer to the last failure arrives on a kept connection, then nothing more', async () => {
  switchOn({ 'http-ce-auth': { triggerLevel: 2 } })
  const { stream } = await dial(attacker)
  let [answers, isClosed] = ['', false]
  stream.on('data', (bytes: Buffer) => (answers += bytes.toString()))
  stream.once('close', () => (isClosed = true))
  const count = () => answers.split('HTTP/1.1 401').length - 1
  for (const expected of [1, 2]) {
    stream.write('GET /401 HTTP/1.1\r\nHost: edge\r\nAuthorization: Basic eDp5\r\n\r\n')
    await waitFor('an answer', () => count() === expected)
  }
  await waitFor('the connection to be silenced', () => protection.status().guard.silenced === 1)
  stream.write('GET /200 HTTP/1.1\r\nHost: edge\r\n\r\n')
  expect(await ask(neighbour, '/200')).toBe(200)
  expect([count(), answers.includes(' 200 '), isClosed]).toEqual([2, false, false])
  expect(protection.unblock('127.76.31.2')).toBe(true)
  await waitFor('the silent connection to be let go', () => isClosed)
  expect(await ask(attacker, '/200')).toBe(200)
  expect(protection.unblock('127.76.31.2')).toBe(false)
})

test('nothing is blocked with the service off, with everything off, or by a category that is off', async () => {
  switchOn({ 'http-ce-auth': {}, 'http-ce-resource': {} }, 'Off')
  expect(await askTimes(attacker, '/401', 7)).not.toContain('silence')
  settings = { ...defaultProtectionSettings, service: 'On' }
  expect(await askTimes(attacker, '/401', 7)).not.toContain('silence')
  switchOn({ 'http-ce-auth': {}, 'http-ce-intrusion': {} })
  expect(await askTimes(attacker, '/404', 30)).not.toContain('silence')
  expect(protection.status().blocked).toEqual([])
  expect(categoryStatus('http-ce-resource')).toMatchObject({ status: 'Off', totalFailures: 0 })
})

test('resource access failure alone blocks a client of 404s; switching it off leaves the block, the service lifts it', () => {
  switchOn({ 'http-ce-resource': {} })
  for (let count = 0; count < 20; count++) feed('127.76.31.2', 401, true)
  expect(protection.status().blocked).toEqual([])
  for (let count = 0; count < 5; count++) feed('127.76.31.2', 404, true)
  expect(protection.status().blocked).toMatchObject([{ title: 'HTTP proxy resource access failure', ports: [8443] }])
  switchOn({ 'http-ce-resource': { status: 'Off' } })
  expect(protection.status().blocked).toHaveLength(1)
  settings = { ...settings, service: 'Off' }
  expect(protection.status().blocked).toEqual([])
  expect(edge.network.guard.judge(arrival(8443))).toBe('admit')
})

test('an exempt address is never blocked; what cannot be read blocks nobody and raises an alarm', () => {
  switchOn({ 'http-ce-auth': { exemptions: [{ address: '127.76.31.0', prefixLength: 30 }] } })
  for (let count = 0; count < 20; count++) feed('127.76.31.2', 401, true)
  expect(protection.status().blocked).toEqual([])
  for (let count = 0; count < 5; count++) feed('127.76.31.4', 401, true)
  expect(protection.status().blocked).toMatchObject([{ address: '127.76.31.4' }])
  switchOn({ 'http-ce-auth': { exemptions: [{ address: 'nobody', prefixLength: 30 }] } })
  for (let count = 0; count < 5; count++) feed('127.76.31.5', 401, true)
  expect(protection.status().blocked).toHaveLength(1)
  expect(categoryStatus('http-ce-auth')).toMatchObject({ status: 'On: Failed' })
  expect(alarms.get(40034)).toBe('HTTP proxy authorization failure')
})

test('failures count within the window only, and a challenge is none', async () => {
  switchOn({ 'http-ce-auth': { triggerLevel: 3, detectionWindowSeconds: 60 } })
  for (let count = 0; count < 10; count++) {
    feed('127.76.31.2', 401, true)
    feed('127.76.31.2', 401, false)
    await edge.wall.advance(31_000)
  }
  expect(protection.status().blocked).toEqual([])
  for (let count = 0; count < 2; count++) feed('127.76.31.2', 401, true)
  expect(protection.status().blocked).toHaveLength(1)
})

test('unreadable requests are protocol violations', async () => {
  switchOn({ 'http-ce-intrusion': { triggerLevel: 2 } })
  for (let count = 0; count < 2; count++) {
    const { stream } = await dial(attacker)
    stream.write('nonsense\r\n\r\n')
    await new Promise((resolve) => stream.resume().once('close', resolve))
  }
  await waitFor('the block', () => protection.status().blocked[0]?.category === 'http-ce-intrusion')
})

test('firewall rules in order of priority; the kept connection survives, automated blocks come first', async () => {
  const kept = await dial(neighbour)
  settings = { ...settings, firewallRules: [rule(20, 'Drop', '0.0.0.0', 0), rule(10, 'Allow', '127.76.31.2', 32)] }
  expect(await ask(neighbour, '/200')).toBe(200)
  expect(protection.status().firewall).toMatchObject({ state: 'Active', active: [], hasUnactivatedChanges: true })
  expect(protection.firewall.activate()).toMatchObject({ kind: 'waiting for confirmation' })
  expect(await ask(neighbour, '/200', quiet)).toBe('silence')
  expect(await ask(attacker, '/200')).toBe(200)
  kept.stream.write('GET /200 HTTP/1.1\r\nHost: edge\r\n\r\n')
  await new Promise((resolve) => kept.stream.once('data', resolve))
  expect(protection.firewall.confirm()).toBe(true)
  switchOn({ 'http-ce-auth': { triggerLevel: 1 } })
  feed('127.76.31.2', 401, true)
  expect(await ask(attacker, '/200', quiet)).toBe('silence')
  kept.destroy()
})

test('the drop rule before the allow rule shuts everybody out, and is gone 15 s later without confirmation', async () => {
  settings = { ...settings, firewallRules: [rule(10, 'Drop', '0.0.0.0', 0), rule(20, 'Allow', '127.76.31.2', 32)] }
  protection.firewall.activate()
  expect(await ask(attacker, '/200', quiet)).toBe('silence')
  await edge.wall.advance((confirmationSeconds - 1) * 1_000)
  expect(protection.status().firewall.state).toBe('Waiting for confirmation')
  await edge.wall.advance(1_000)
  expect(protection.firewall.confirm()).toBe(false)
  expect(await ask(attacker, '/200')).toBe(200)
  expect(protection.status().firewall).toMatchObject({ state: 'Active', active: [], hasUnactivatedChanges: true })
})

test('rules by service, interface and transport; rejecting; application rules first; invalid ones change nothing', async () => {
  const tunnels = { ...rule(1, 'Drop', '127.0.0.0', 8), service: 'SSH tunnels', interface: 'LAN1' } as const
  await protection.stop()
  start({
    activeRules: [
      tunnels,
      rule(2, 'Reject', '127.76.31.3', 32),
      { ...rule(3, 'Drop', '0.0.0.0', 0), transport: 'UDP' },
    ],
    applicationRules: () => [{ ...rule(9, 'Allow', '127.76.31.9', 32), service: 'SSH tunnels' }],
    lan: () => ({ LAN1: '127.76.31.1', LAN2: '127.76.32.1' }),
  })
  const { guard } = edge.network
  expect(guard.judge(arrival(2222))).toBe('drop')
  expect(guard.judge(arrival(2222, { to: '127.76.32.1' }))).toBe('admit')
  expect(guard.judge(arrival(2222, { from: '127.76.31.9' }))).toBe('admit')
  expect(guard.judge(arrival(2222, { from: '127.76.31.1' }))).toBe('admit')
  expect(guard.judge(arrival(8443))).toBe('admit')
  expect(guard.judge(arrival(8443, { transport: 'udp' }))).toBe('drop')
  await expect(ask(neighbour, '/200')).rejects.toMatchObject({ code: 'ECONNRESET' })
  settings = { ...settings, firewallRules: [rule(1, 'Drop', '127.76.31', 24), { ...rule(2, 'Drop', '::', 0) }] }
  expect(protection.firewall.activate()).toMatchObject({
    kind: 'invalid',
    problems: [/rule 1/, /rule 2/].map(matching),
  })
  expect(guard.judge(arrival(2222))).toBe('drop')
  expect(alarms.has(40030)).toBe(true)
})

const matching = (pattern: RegExp) => expect.stringMatching(pattern)

function categoryStatus(name: FailureCategory) {
  return protection.status().categories.find(({ category }) => category === name)
}

function rule(priority: number, action: FirewallRule['action'], address: string, prefixLength: number): FirewallRule {
  const place = { interface: 'All', service: 'Custom', transport: 'TCP', startPort: 8443, endPort: 8443 } as const
  return { priority, action, address, prefixLength, ...place, description: '' }
}

function arrival(
  port: number,
  {
    transport = 'tcp',
    from = '127.76.31.2',
    to = '127.76.31.1',
  }: { transport?: 'tcp' | 'udp'; from?: string; to?: string } = {},
) {
  return { transport, remote: { address: from, port: 40_000 }, local: { address: to, port } }
}
