import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { execFileSync } from 'node:child_process'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tortureMessages } from '#edge/protocol/sip/torture.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { Lab } from '../lab.ts'
import { openEndpointProcesses } from '../roles/endpoints.ts'
import type { HostileCell, Reach } from './hostile-cells.ts'
import { cellsOf, hostileKinds, postedXml } from './hostile-cells.ts'
import type { HostileListener } from './hostile-listeners.ts'
import { describedListeners, hostileListeners, titleOf } from './hostile-listeners.ts'
import { HealthyClient } from './healthy-client.ts'
import { pathGames } from './path-games.ts'
import type { RawConnection, RawTarget } from './raw-client.ts'
import { openTcp, openTls } from './raw-client.ts'
import { startSlowCells } from './slow-cells.ts'
import type { SlowCells } from './slow-cells.ts'
import { openUdp, rtpPacket, stunBinding, dtlsHello } from './stray-datagrams.ts'

const endpoints = openEndpointProcesses(['jabber', 'phone'])
let lab: Lab
let alice: HealthyClient
let slow: SlowCells
let memoryBefore: Map<string, number>

const addressOf = (host: string) => lab.plan(host).specification.addresses[0]!
/** A host of the internet that nobody of the deployment knows. */
const stranger = () => `127.${lab.fabric.lab}.1.66`
const targetOf = ({ host, port }: HostileListener): RawTarget => ({ host: addressOf(host), port, from: stranger() })
const controlIdentity = () => lab.plan('vcsc1').specification.identity!

function reachOf(listener: HostileListener, identity?: { key: string; cert: string }): Reach {
  const tcp = () => openTcp(targetOf(listener))
  const isClear = ['http', 'sip', 'xmpp', 'xcp', 'ssh', 'dns'].includes(listener.speaks)
  return { tcp, speak: isClear ? tcp : () => openTls(targetOf(listener), { ...identity }) }
}

/** Eight cells at once, fewer where the listener takes fewer connections; the failures of all of them, by name. */
async function failuresOf(cells: readonly HostileCell[], reach: Reach, cap: number): Promise<string[]> {
  const waiting = [...cells]
  const failures: string[] = []
  const work = async () => {
    for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
      const { kind, name } = cell
      await cell.act(reach).catch((error: Error) => failures.push(`${kind} (${name}): ${error.message}`))
    }
  }
  await Promise.all(Array.from({ length: Math.min(8, Math.ceil(cap / 4)) }, work))
  return failures
}

function residentMegabytes(pid: number): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20
}

function memory(): Map<string, number> {
  return new Map(lab.hosts().map(({ name, pid }) => [name, residentMegabytes(pid)]))
}

async function state<T>(host: string): Promise<T> {
  return lab.host(host).management.call<T>('state')
}

beforeAll(async () => {
  lab = await Lab.start({
    seed: 'hostile input',
    placement: 'process',
    endpoints,
    pkiFolder: fileURLToPath(new URL('../../.mra/pki', import.meta.url)),
    // Clients keep what they send, for replays; the hosts do not, so that their memory shows what is theirs.
    traceLevel: 'bytes',
    adapt: (plan) => ({
      ...plan,
      specification: { ...plan.specification, traceLevel: 'messages' },
      // In mixed mode Unified CM has its secure port too.
      ...(plan.role === 'cucm' ? { configuration: inMixedMode(plan.configuration as object) } : {}),
    }),
  })
  alice = await HealthyClient.start(lab)
  await alice.fullRound()
  memoryBefore = memory()
  slow = await startSlowCells((host) => addressOf(host), stranger())
}, 60_000)

afterAll(async () => {
  slow?.stop()
  await alice?.stop()
  await lab?.stop()
  await endpoints.stop()
}, 30_000)

function inMixedMode(document: object): object {
  return { ...document, enterpriseParameters: { clusterSecurityMode: 1 } }
}

describe('the table is whole', () => {
  test('every listener of the description is in it', () => {
    const known = hostileListeners.map(titleOf)
    expect(describedListeners(lab.describe()).filter((title) => !known.includes(title))).toEqual([])
    const named = hostileListeners.filter(({ name }) => name !== undefined).map(titleOf)
    expect(describedListeners(lab.describe()).toSorted()).toEqual(named.toSorted())
  })

  test('every listener there really is stands in it', () => {
    const hostOf = new Map(lab.hosts().map(({ name }) => [addressOf(name), name]))
    const listening = execFileSync('ss', ['-ltnH'], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[3] ?? '')
      .filter((local) => local.startsWith(`127.${lab.fabric.lab}.`))
      .map((local) => titleOf({ host: hostOf.get(local.split(':')[0]!) ?? local, port: Number(local.split(':')[1]) }))
    expect(listening.toSorted()).toEqual(hostileListeners.map(titleOf).toSorted())
  })

  test.each(hostileListeners)('$host $port: every kind is tried, or the reason stands there', ({ speaks }) => {
    const { cells, notApplicable } = cellsOf(speaks)
    const missing = hostileKinds.filter(
      (kind) => !cells.some((cell) => cell.kind === kind) && notApplicable[kind] === undefined,
    )
    expect(missing).toEqual([])
  })
})

describe('garbage to every listener, from a stranger', () => {
  test.each(hostileListeners)(
    '$host $port ($speaks)',
    async (listener) => {
      expect(await failuresOf(cellsOf(listener.speaks).cells, reachOf(listener), listener.cap)).toEqual([])
      await alice.fullRound()
    },
    30_000,
  )
})

describe('hostile XML where XML is posted', () => {
  test.each([
    ['cucm1', 8443, '/axl/'],
    ['imp1', 8443, '/axl/'],
    ['imp1', 8443, '/EPASSoap/service/v80'],
    ['cuc1', 443, '/vmrest/messages'],
  ])('%s:%i%s', async (host, port, path) => {
    const listener = hostileListeners.find((each) => each.host === host && each.port === port)!
    const { username, password } = lab.secrets.axl
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const cells = [...postedXml(path, undefined), ...postedXml(path, authorization)]
    expect(await failuresOf(cells, reachOf(listener), listener.cap)).toEqual([])
    await alice.fullRound()
  })
})

describe('RFC 4475', () => {
  const sipListeners = hostileListeners.filter(({ speaks }) => ['sip', 'sips', 'mutual-sips'].includes(speaks))
  test.each(sipListeners)(
    'every message to $host $port: refused or challenged, never accepted',
    async (listener) => {
      const identity = listener.speaks === 'mutual-sips' ? controlIdentity() : undefined
      const reach = reachOf(listener, identity)
      const cells = tortureMessages.map(({ name, bytes }): HostileCell => ({
        kind: 'random bytes',
        name,
        async act() {
          const connection = await reach.speak()
          try {
            connection.write(bytes)
            // Behind it a sound message: the answer shows that the first one has been dealt with, or the end does.
            connection.write(sentinel)
            await waitFor(`an end of ${name}`, () => connection.isClosed || connection.text.includes('sentinel@'), {
              limitMs: 4_000,
              lastSeen: () => connection.text.slice(-200),
            })
            const accepted = connection.text
              .split('SIP/2.0 ')
              .filter((answer) => answer.startsWith('2') && !answer.includes(' OPTIONS'))
            if (accepted.length > 0) throw new Error(`accepted: ${accepted.join()}`)
          } finally {
            connection.destroy()
          }
        },
      }))
      expect(
        (await failuresOf(cells, reach, listener.cap)).filter(
          (failure) => !swallowsTheSentinel.some((name) => failure.includes(`(${name})`)),
        ),
      ).toEqual([])
      await alice.fullRound()
    },
    30_000,
  )
})

/** Messages whose Content-Length covers what comes behind them: they are waited for until the limit on a message. */
const swallowsTheSentinel = tortureMessages
  .filter(({ bytes }) => {
    const headEnd = bytes.indexOf('\r\n\r\n') + 4
    const length = /^(?:l|Content-Length)\s*:\s*(\d+)/im.exec(bytes.subarray(0, headEnd).toString('latin1'))?.[1]
    return length !== undefined && Number(length) > bytes.length - headEnd
  })
  .map(({ name }) => name)

const sentinel = Buffer.from(
  [
    'OPTIONS sip:sentinel.example.com SIP/2.0',
    'Via: SIP/2.0/TLS 192.0.2.66:5061;branch=z9hG4bKsentinel',
    'Max-Forwards: 70',
    'From: <sip:1001@example.com>;tag=s',
    'To: <sip:1001@example.com>',
    'Call-ID: sentinel@192.0.2.66',
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
)

describe('path games on the HTTPS edge', () => {
  test.each(pathGames)('$name: $status', async ({ target, status }) => {
    const connection = await openTls({ host: addressOf('vcse1'), port: 8443, from: stranger() })
    connection.write(
      Buffer.from(`GET ${target} HTTP/1.1\r\nHost: vcse1.example.com\r\nConnection: close\r\n\r\n`, 'latin1'),
    )
    await connection.until(/^HTTP\/1\.1 \d{3}[\s\S]*\r\n\r\n/)
    await connection.untilClosed()
    expect(connection.text.slice(0, 12)).toBe(`HTTP/1.1 ${status}`)
  })

  test('Alice goes on', () => alice.fullRound())
})

describe('many connections at once', () => {
  test.each(hostileListeners)(
    '$host $port: $cap from one source, not one more',
    async (listener) => {
      // What earlier cells left behind is closed first.
      const open: RawConnection[] = []
      try {
        await waitFor(
          `${listener.cap} connections to stay open`,
          async () => {
            while (open.length < listener.cap) open.push(await openTcp(targetOf(listener)))
            for (let at = open.length - 1; at >= 0; at--) if (open[at]!.isClosed) open.splice(at, 1)
            return open.length === listener.cap
          },
          { limitMs: 9_000, everyMs: 50, lastSeen: () => open.length },
        ).catch((error: Error) => {
          // The silent connections of the slow cells count too.
          if (open.length < listener.cap - slow.openTo(listener)) throw error
        })
        const more = await openTcp(targetOf(listener))
        await more.untilClosed(2_000)
        await alice.fullRound()
      } finally {
        for (const connection of open) connection.destroy()
      }
    },
    30_000,
  )
})

describe('SSH without a right to it', () => {
  const attempts: [string, ssh2.ConnectConfig][] = [
    ['a password', { username: 'vcsc', password: 'admin' }],
    ['no authentication', { username: 'vcsc' }],
    ['root with a password', { username: 'root', password: 'root' }],
    ['a key nobody knows', { username: 'vcsc', privateKey: ssh2.utils.generateKeyPairSync('ed25519').private }],
    [
      'an RSA key nobody knows',
      { username: 'vcsc', privateKey: ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).private },
    ],
  ]
  test.each(attempts)('%s', async (_, credentials) => {
    const outcome = await new Promise<string>((resolve) => {
      const client = new ssh2.Client()
      client.once('ready', () => resolve('logged in'))
      client.once('error', (error) => resolve(error.message))
      client.once('close', () => resolve('closed'))
      client.connect({
        host: addressOf('vcse1'),
        port: 2222,
        localAddress: stranger(),
        tryKeyboard: true,
        readyTimeout: 5_000,
        ...credentials,
      })
    })
    expect(outcome).toBe('All configured authentication methods failed')
    await alice.fullRound()
  })
})

describe('stray datagrams', () => {
  test('DNS: garbage is answered with no more than it was, and a question after it with its answer', async () => {
    for (const host of ['pubdns', 'intdns']) {
      const socket = await openUdp(stranger())
      const to = { address: addressOf(host), port: 53 }
      const junk = [
        Buffer.alloc(0),
        Buffer.alloc(1),
        Buffer.alloc(11),
        Buffer.alloc(12, 0xff),
        Buffer.alloc(512, 0xc0),
        stunBinding,
        dtlsHello,
      ]
      for (const datagram of junk) socket.send(datagram, to)
      socket.send(question, to)
      await waitFor(`the answer of ${host}`, () =>
        socket.received.find(({ bytes }) => bytes.readUInt16BE(0) === 0x1234),
      )
      const answer = socket.received.find(({ bytes }) => bytes.readUInt16BE(0) === 0x1234)!
      expect(answer.bytes.readUInt16BE(6)).toBe(1)
      const others = socket.received.filter((each) => each !== answer)
      expect(others.every(({ bytes }) => bytes.length <= 12)).toBe(true)
      socket.close()
    }
    await alice.fullRound()
  })

  test('36000 and 36001: no answer to a stranger, and the strangers are counted', async () => {
    const before = (await state<{ mediaStrangers: number }>('vcse1')).mediaStrangers
    const socket = await openUdp(stranger())
    const datagrams = [stunBinding, dtlsHello, rtpPacket(1), Buffer.alloc(0), Buffer.alloc(1500, 0x80)]
    for (const port of [36_000, 36_001])
      for (const each of datagrams) socket.send(each, { address: addressOf('vcse1'), port })
    await waitFor(
      'the strangers to be counted',
      async () => (await state<{ mediaStrangers: number }>('vcse1')).mediaStrangers >= before + 10,
    )
    await alice.fullRound()
    expect(socket.received).toEqual([])
    socket.close()
  })

  test('the ports of a live call: stray, replayed and spoofed packets change nothing', async () => {
    const [caller, carol] = [lab.endpoint('alice'), lab.endpoint('carol')]
    const signIn = await carol.signIn()
    expect(signIn.error).toBeUndefined()
    await carol.call('setTone', { hz: 620 })
    const { callId } = await caller.call<{ callId: string }>('call', { to: '1003', toneHz: 440 })
    await caller.call('waitCall', { callId, state: 'connected', limitMs: 8_000 })
    const hears = (who: typeof carol, hz: number, parameters = {}) =>
      waitFor(
        `${hz} Hz at ${who.user.id}`,
        async () => Math.abs(((await who.call<{ heardHz?: number }>('audio', parameters)).heardHz ?? 0) - hz) <= 2,
        { limitMs: 6_000, everyMs: 50 },
      )
    await hears(carol, 440)
    await hears(caller, 620, { callId })

    const events = await lab.events()
    const aliceAddress = caller.specification.addresses[0]!
    const sent = events.filter(
      ({ host, transport, direction, remote }) =>
        host === 'alice' &&
        transport === 'udp' &&
        direction === 'sent' &&
        remote?.startsWith(`${addressOf('vcse1')}:`) === true,
    )
    expect(sent.length).toBeGreaterThan(10)
    const replays = sent.slice(-40).map(({ bytes }) => Buffer.from(bytes!, 'base64'))
    const ports = [...new Set(sent.map(({ remote }) => Number(remote!.split(':')[1])))]
    const before = await state<CallState>('vcse1')
    const attackers = await Promise.all([openUdp(stranger()), openUdp(aliceAddress)])
    for (const attacker of attackers) {
      for (const port of [...ports, ...ports.map((each) => each + 1)]) {
        const datagrams = [
          ...replays,
          stunBinding,
          dtlsHello,
          ...Array.from({ length: 150 }, (_, index) => rtpPacket(index)),
          Buffer.alloc(1400, 0xff),
        ]
        for (const each of datagrams) attacker.send(each, { address: addressOf('vcse1'), port })
      }
    }
    const forged = (now: CallState) => now.calls[0]!.media[0]!.rtp.fromClient
    await waitFor('the forged packets to be read', async () => {
      const now = forged(await state<CallState>('vcse1'))
      return total(now) >= total(forged(before)) + 200
    })
    await alice.fullRound()
    const client = (await state<CallState>('vcse1')).calls[0]!.media[0]!.rtp.client
    expect(client?.address).toBe(aliceAddress)
    expect(client?.port).toBe(before.calls[0]!.media[0]!.rtp.client?.port)
    await hears(carol, 440)
    await hears(caller, 620, { callId })
    for (const attacker of attackers) {
      expect(attacker.received).toEqual([])
      attacker.close()
    }
    expect(await caller.call<{ authFailures: number }>('audio', { callId })).toMatchObject({ authFailures: 0 })
    await caller.call('hangUp', { callId })
  }, 30_000)
})

interface CallState {
  readonly calls: {
    readonly media: {
      readonly rtp: { readonly fromClient: Record<string, number>; readonly client?: { address: string; port: number } }
    }[]
  }[]
}

function total(figures: Record<string, number>): number {
  return Object.values(figures).reduce((sum, each) => sum + (typeof each === 'number' ? each : 0), 0)
}

const question = Buffer.from(
  '123401000001000000000000' + Buffer.from('\x05vcse1\x07example\x03com\0').toString('hex') + '00010001',
  'hex',
)

describe('afterwards', () => {
  test('silence and drops ended within their limits', async () => {
    expect(await slow.judge()).toEqual([])
  }, 45_000)

  test('every host runs, none has grown, and Alice was served in time', async () => {
    await alice.fullRound()
    expect(
      lab
        .hosts()
        .filter((host) => !host.isRunning())
        .map(({ name }) => name),
    ).toEqual([])
    const grown = [...memory()].map(([name, now]) => [name, Math.round(now - memoryBefore.get(name)!)] as const)
    // A heap that only Alice warms up levels off 140 MB above the start.
    expect(grown.filter(([, megabytes]) => megabytes > 200)).toEqual([])
    expect(alice.percentile95).toBeLessThan(1_000)
    const control = await state<{ ready: boolean }>('vcsc1')
    expect(control.ready).toBe(true)
  })
})
