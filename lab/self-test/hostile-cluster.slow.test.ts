import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterKey } from '#edge/cluster/cluster-key.ts'
import { clusterPort } from '#edge/cluster/outgoing-link.ts'
import type { PreSharedKey } from '#runtime/network.ts'
import { waitFor } from '#runtime/wait.ts'
import { Lab } from '../lab.ts'
import { openEndpointProcesses } from '../roles/endpoints.ts'
import type { Administrator } from '../vcs/administrator.ts'
import { HealthyClient } from './healthy-client.ts'
import { clientHello, endless, httpRequest, randomBytes, sipRequest } from './hostile-bytes.ts'
import { RawConnection, openTcp } from './raw-client.ts'

const endpoints = openEndpointProcesses(['jabber', 'phone'])
let lab: Lab
let alice: HealthyClient
let memoryBefore: Map<string, number>

const vcss = ['vcse1', 'vcsc1'] as const
const everyVcs = ['vcse1', 'vcse2', 'vcsc1', 'vcsc2'] as const
const addressOf = (host: string) => lab.plan(host).specification.addresses[0]!
/** A host of the internet that nobody of the deployment knows. */
const stranger = () => `127.${lab.fabric.lab}.1.66`
const targetOf = (host: string, from = stranger()) => ({ host: addressOf(host), port: clusterPort, from })

/** A connection of somebody who shows this key, from this address. */
async function openWithKey(host: string, { identity, key }: PreSharedKey, from = stranger()): Promise<RawConnection> {
  const socket = connect({ host: addressOf(host), port: clusterPort, localAddress: from })
  socket.on('error', () => {})
  const stream = connectTls({
    socket,
    ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
    maxVersion: 'TLSv1.2',
    pskCallback: () => ({ identity, psk: key }),
    checkServerIdentity: () => undefined,
  })
  await new Promise<void>((resolve, reject) => {
    stream.once('secureConnect', resolve).once('error', reject)
    stream.once('close', () => reject(new Error('closed')))
  })
  return new RawConnection(stream)
}

const rightKey = (host: string) => clusterKey(lab.secrets.clusterKeys[lab.topology.hosts[host]!.cluster!]!)

function framed(text: string | Buffer, length = Buffer.byteLength(text)): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(length)
  return Buffer.concat([head, Buffer.from(text)])
}

function residentMegabytes(pid: number): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20
}

const memory = () => new Map(lab.hosts().map(({ name, pid }) => [name, residentMegabytes(pid)]))

async function isInStep(): Promise<void> {
  for (const master of vcss) await lab.inStep(master)
}

beforeAll(async () => {
  lab = await Lab.start({
    topology: 'clustered',
    seed: 'hostile cluster',
    placement: 'process',
    endpoints,
    pkiFolder: fileURLToPath(new URL('../../.mra/pki', import.meta.url)),
    traceLevel: 'bytes',
    adapt: (plan) => ({ ...plan, specification: { ...plan.specification, traceLevel: 'messages' } }),
  })
  await isInStep()
  for (const vcs of everyVcs) {
    await using administrator = lab.administrator(vcs)
    await press(administrator, 'Support Log configuration', 'Set to debug')
    await press(administrator, 'Diagnostic logging', 'Start new log')
  }
  alice = await HealthyClient.start(lab)
  await alice.fullRound()
  memoryBefore = memory()
}, 60_000)

afterAll(async () => {
  await alice?.stop()
  await lab?.stop()
  await endpoints.stop()
}, 30_000)

async function press(administrator: Administrator, path: string, label: string): Promise<void> {
  await administrator.call({ method: 'POST', path: await button(administrator, path, label), body: {} })
}

async function button(administrator: Administrator, path: string, label: string): Promise<string> {
  const { url, actions } = await administrator.page(path)
  return `${url}/actions/${actions.find((each) => each.label === label)!.name}`
}

describe.each(vcss)('the cluster port of %s', (host) => {
  test.each<[string, Buffer]>([
    ['random bytes', randomBytes('cluster', 2_000)],
    ['TLS with certificates', Buffer.from(clientHello)],
    ['HTTP', Buffer.from(httpRequest)],
    ['SIP', Buffer.from(sipRequest())],
    ['an endless line', Buffer.from(endless('GET /'))],
    ['a message of a peer without TLS', framed('{"ask":1,"subject":"hello","given":null}')],
    ['NUL', Buffer.alloc(4_000)],
  ])('%s without a key: closed, and nothing of ours is said', async (_what, bytes) => {
    const connection = await openTcp(targetOf(host))
    connection.write(bytes)
    await connection.untilClosed(8_000)
    // At most a TLS alert.
    expect(connection.text.length).toBeLessThanOrEqual(7)
    await alice.fullRound()
  })

  test.each<[string, () => Promise<PreSharedKey>]>([
    ['another key', () => clusterKey('made up')],
    ['no key', async () => ({ identity: 'vcs-cluster', key: Buffer.alloc(1) })],
    ['another identity', async () => ({ ...(await rightKey(host)), identity: 'Client_identity' })],
  ])('%s: refused', async (_what, key) => {
    await expect(openWithKey(host, await key())).rejects.toThrow(/alert|ECONNRESET|closed/)
    await alice.fullRound()
  })

  test.each<[string, Buffer]>([
    ['random bytes', randomBytes('behind the key', 5_000)],
    ['4 GiB announced', framed('', 0xff_ff_ff_ff)],
    ['8 MB announced before a hello', framed('', 8 * 1_024 * 1_024)],
    ['nothing announced', framed('')],
    ['no JSON', framed('{{{')],
    ['JSON that is no message', framed('{"ask":"1"}')],
    ['bytes that are not UTF-8', framed(Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
    ['JSON ten thousand levels deep', framed('['.repeat(8_000) + ']'.repeat(8_000))],
    ['HTTP', Buffer.from(httpRequest)],
  ])('the right key and %s: closed', async (_what, bytes) => {
    const connection = await openWithKey(host, await rightKey(host))
    connection.write(bytes)
    await connection.untilClosed(12_000)
    await alice.fullRound()
  })

  test('the right key from an address that is no peer’s: a hello back, and nothing else', async () => {
    const connection = await openWithKey(host, await rightKey(host))
    const peer = lab.plan(host === 'vcse1' ? 'vcse2' : 'vcsc2').specification
    const hello = {
      cluster: 'wrong.example.com',
      product: 'VCS Control',
      release: 'X8.1.1',
      address: peer.addresses[0],
      fqdn: 'stranger',
      master: peer.addresses[0],
      peers: [peer.addresses[0]],
    }
    connection.write(framed(JSON.stringify({ ask: 1, subject: 'hello', given: hello })))
    for (const [index, subject] of ['configuration', 'sign-ins', 'anew', 'calls', '__proto__'].entries())
      connection.write(framed(JSON.stringify({ ask: index + 2, subject, given: [] })))
    await waitFor('every answer', () => connection.text.split('"refused"').length === 6, {
      lastSeen: () => connection.text,
    })
    expect(connection.text).toContain('say hello first')
    expect(connection.text).not.toContain('credentials')
    connection.destroy()
    await isInStep()
  })

  test('a thousand questions at once, and nobody who reads the answers', async () => {
    const connection = await openWithKey(host, await rightKey(host))
    for (let ask = 0; ask < 1_000; ask++)
      connection.write(framed(JSON.stringify({ ask, subject: 'calls', given: null })))
    await alice.fullRound()
    connection.destroy()
  })

  test('20 connections of one source, not one more, and the peers among them', async () => {
    const open: RawConnection[] = []
    try {
      while (open.length < 20) open.push(await openTcp(targetOf(host)))
      const more = await openTcp(targetOf(host))
      await more.untilClosed(2_000)
      await alice.fullRound()
    } finally {
      for (const connection of open) connection.destroy()
    }
  })

  test('silence and a drip end with the time of the handshake', async () => {
    const [silent, dripping] = await Promise.all([openTcp(targetOf(host)), openTcp(targetOf(host))])
    const drip = setInterval(() => dripping.write(clientHello.subarray(0, 1)), 500)
    try {
      await Promise.all([silent.untilClosed(9_000), dripping.untilClosed(9_000)])
    } finally {
      clearInterval(drip)
    }
    const quiet = await openWithKey(host, await rightKey(host))
    await quiet.untilClosed(14_000)
  }, 30_000)
})

interface ClusterState {
  readonly cluster: { readonly peers: readonly { readonly address: string; readonly state: string }[] }
}

async function isActiveAt(host: string, address: string): Promise<boolean> {
  const { cluster } = await lab.host(host).management.call<ClusterState>('state')
  return cluster.peers.some((peer) => peer.address === address && peer.state === 'Active')
}

describe('afterwards', () => {
  test('every host runs, none has grown, the clusters are in step and Alice was served in time', async () => {
    await isInStep()
    await alice.fullRound()
    expect(lab.hosts().every((host) => host.isRunning())).toBe(true)
    const grown = [...memory()].map(([name, now]) => [name, Math.round(now - memoryBefore.get(name)!)] as const)
    expect(grown.filter(([, megabytes]) => megabytes > 200)).toEqual([])
  })

  /** As they were handed out, as they are in a header, and what makes a key one. */
  function secrets(): [string, string][] {
    const { passwords, administrators, clusterKeys, traversalZone, axl, ccmAdministrator, ntpKey } = lab.secrets
    const plain = Object.entries({
      ...passwords,
      ...administrators,
      ...clusterKeys,
      zone: traversalZone.password,
      axl: axl.password,
      ccm: ccmAdministrator.password,
      ntpKey,
    })
    const basic = Object.entries(passwords).map(([user, password]): [string, string] => [
      `Basic of ${user}`,
      Buffer.from(`${user}:${password}`).toString('base64'),
    ])
    return [...plain, ...basic, ...stretched, ['a private key', 'PRIVATE KEY']]
  }

  const stretched: [string, string][] = []
  const cookies: [string, string][] = []

  function foundIn(text: string): string[] {
    return [...secrets(), ...cookies].filter(([, secret]) => text.includes(secret)).map(([what]) => what)
  }

  beforeAll(async () => {
    for (const host of vcss) {
      const { key } = await rightKey(host)
      stretched.push([`key of ${host}`, Buffer.from(key).toString('hex')])
      stretched.push([`key of ${host}, in base64`, Buffer.from(key).toString('base64')])
    }
    const found = new Set<string>()
    for (const { bytes } of await lab.events()) {
      const text = bytes === undefined ? '' : Buffer.from(bytes, 'base64').toString('latin1')
      for (const [, value] of text.matchAll(/X-Auth=([^;\s"]{10,})/g)) found.add(value!)
    }
    for (const value of found) cookies.push([`cookie ${cookies.length + 1}`, value])
  })

  test('what is looked for is there: Alice has had a cookie', () => {
    expect(cookies.length).toBeGreaterThan(0)
    expect(foundIn(`${lab.secrets.clusterKeys['vcse']!} ${cookies[0]![1]}`)).toEqual(['vcse', 'cookie 1'])
  })

  test('no secret stands in a log file or in a summary of a trace', async () => {
    const files = readdirSync(lab.data, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.log(\.\d+)?$/.test(name),
    )
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect([file, foundIn(readFileSync(join(lab.data, file), 'utf8'))]).toEqual([file, []])
    for (const { summary } of await lab.events()) if (summary !== undefined) expect(foundIn(summary)).toEqual([])
  })

  test.each(everyVcs)('no secret is told by %s: API, getxml, views, state, diagnostic log', async (host) => {
    await using administrator = lab.administrator(host)
    const get = (path: string) => administrator.call({ method: 'GET', path }).then((answer) => JSON.stringify(answer))
    const { pages } = await administrator.call<{ pages: { url: string; kind: string }[] }>({
      method: 'GET',
      path: '/api/provisioning',
    })
    for (const path of [
      '/api/status',
      '/api/configuration',
      ...pages.filter(({ kind }) => kind !== 'tool').map(({ url }) => url),
    ])
      expect([path, foundIn(await get(path).catch((error: Error) => `unanswered: ${error.message}`))]).toEqual([
        path,
        [],
      ])
    for (const location of ['/Status', '/Configuration'])
      expect(
        foundIn((await administrator.download(`/getxml?location=${location}`).catch(() => Buffer.alloc(0))).toString()),
      ).toEqual([])
    for (const name of ['state', 'history'])
      expect(
        foundIn(
          JSON.stringify(
            (await lab
              .host(host)
              .management.call(name)
              .catch(() => null)) ?? '',
          ),
        ),
      ).toEqual([])
    await press(administrator, 'Diagnostic logging', 'Stop logging')
    const path = await button(administrator, 'Diagnostic logging', 'Download log')
    const log = (await administrator.download(path)).toString()
    expect(log.length).toBeGreaterThan(1_000)
    expect(foundIn(log)).toEqual([])
  })
})

describe.each(vcss)('strangers all around %s', (host) => {
  test('six sources that hold all there is: a peer that starts again comes in all the same', async () => {
    const sources = [61, 62, 63, 64, 65, 66].map((number) => `127.${lab.fabric.lab}.1.${number}`)
    const open: RawConnection[] = []
    const hold = async () => {
      for (const from of sources) {
        const mine = await Promise.allSettled(Array.from({ length: 20 }, () => openTcp(targetOf(host, from))))
        for (const result of mine) if (result.status === 'fulfilled') open.push(result.value)
      }
    }
    await hold()
    const peer = host === 'vcse1' ? 'vcse2' : 'vcsc2'
    const holding = setInterval(() => void hold(), 50)
    try {
      await lab.restartSystem(peer)
      await waitFor(`${peer} to reach ${host}`, () => isActiveAt(peer, addressOf(host)), { limitMs: 8_000 })
    } finally {
      clearInterval(holding)
      for (const connection of open) connection.destroy()
    }
  }, 40_000)
})

test('a VCS in no cluster does not serve the cluster port: the kernel refuses a stranger', async () => {
  await using single = await Lab.start({
    seed: 'no cluster',
    endpoints,
    pkiFolder: fileURLToPath(new URL('../../.mra/pki', import.meta.url)),
  })
  for (const host of vcss) {
    const address = single.plan(host).specification.addresses[0]!
    await expect(openTcp({ host: address, port: clusterPort, from: address })).rejects.toThrow('ECONNREFUSED')
  }
  const listening = execFileSync('ss', ['-ltnH', `src 127.${single.fabric.lab}.0.0/16 and sport = :${clusterPort}`])
  expect(listening.toString()).toBe('')
}, 30_000)
