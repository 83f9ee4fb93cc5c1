import { randomBytes, scryptSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Host } from '#runtime/host.ts'
import { startHost } from '#runtime/host.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { silentTraceSink } from '#runtime/trace.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { startControl } from '../control/start.ts'
import { startExpressway } from '../expressway/start.ts'

const authority = testAuthority()
const address = '127.77.2.40'
const salt = randomBytes(16)
const passwordHash = `scrypt:${salt.toString('hex')}:${scryptSync('secret', salt, 32, { N: 1024 }).toString('hex')}:1024`
const login = { username: 'admin', passwordHash }
const client = testHost({ name: 'client', address: '127.77.2.41', trust: [authority.certificate] }).environment

interface State {
  mode: string
  boots: number
  zones: { name: string; state: string }[]
  listeners: { port: number }[]
  pendingRestart: { page: string; field: string }[]
}

interface FirewallState {
  active: { priority: number }[]
  hasUnactivatedChanges: boolean
}

/** Ports below 1024 are not everybody's; the lab then runs in a place of its own. */
const mayListenBelow1024 = process.getuid?.() === 0

describe.skipIf(!mayListenBelow1024)('a VCS', () => {
  let data: string
  let host: Host

  const start = (program: typeof startControl) =>
    startHost(
      program,
      {
        name: 'vcs',
        fqdn: 'vcs',
        addresses: [address],
        dns: { servers: [], domain: '' },
        trust: [],
        data,
        traceLevel: 'off',
        seed: 1,
      },
      { administrator: login },
      AbortSignal.timeout(60_000),
      { trace: silentTraceSink, log: () => {} },
    )

  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'vcs-test-'))
  })

  afterEach(async () => {
    await host.stop()
    rmSync(data, { recursive: true, force: true })
  })

  const call = (name: string) => host.management[name]!({} as never)
  const state = async () => (await call('state')) as State
  const ports = async () => (await state()).listeners.map(({ port }) => port).toSorted((one, other) => one - other)

  async function ask(method: string, path: string, body?: object) {
    const tls = { serverName: 'vcs', acceptAny: true }
    await using http = client.network.httpClient(() =>
      client.network.dialTls({ to: { address, port: 443 }, protocol: 'HTTP', tls }),
    )
    const headers = {
      Host: 'vcs',
      Authorization: `Basic ${Buffer.from('admin:secret').toString('base64')}`,
      'Content-Type': 'application/json',
    }
    const answer = await http.send({
      method,
      target: path,
      headers,
      body: body === undefined ? '' : JSON.stringify(body),
    })
    await call('settled')
    return answer.status
  }
  const setMode = (mode: string) => ask('PUT', '/api/provisioning/common/mra', { 'Unified Communications mode': mode })

  it('comes out of the box with its mode off and opens nothing of Unified Communications', async () => {
    host = await start(startExpressway)
    expect((await state()).mode).toBe('Off')
    expect(await ports()).toEqual([5061, 8883])
  })

  it('opens what the mode needs at once, and closes it again', async () => {
    host = await start(startExpressway)
    expect(await setMode('Mobile and remote access')).toBe(200)
    expect(await ports()).toEqual([2222, 5061, 5222, 7400, 8443, 8883])
    await setMode('Off')
    expect(await ports()).toEqual([5061, 8883])
  })

  it('opens a zone where one is configured, on its port, and closes it when it is deleted', async () => {
    host = await start(startExpressway)
    const zone = { Name: 'z', Username: 'u', Port: 7005, 'TLS verify mode': 'Off', 'H.323 Mode': 'Off' }
    expect(await ask('POST', '/api/provisioning/edge/zone', zone)).toBe(201)
    await waitFor('the zone to be open', async () => (await state()).zones.some(({ name }) => name === 'z'))
    expect(await ask('DELETE', '/api/provisioning/edge/zone/z')).toBe(200)
    await waitFor('the zone to be closed', async () => (await state()).zones.length === 0)
  })

  it('knows everything again behind a restart, and that it has restarted', async () => {
    host = await start(startControl)
    await setMode('Mobile and remote access')
    await ask('PUT', '/api/provisioning/common/dns', { 'System host name': 'vcsc1', 'Domain name': 'example.com' })
    await call('restart')
    expect(await state()).toMatchObject({ boots: 2, mode: 'Mobile and remote access', pendingRestart: [] })
  })

  it('has the rows of its firewall page and no others behind a restart, with rules in force', async () => {
    host = await start(startExpressway)
    const page = '/api/provisioning/common/protection/firewallrule'
    await ask('POST', page, { Priority: 7, Service: 'SSH tunnels', Action: 'Drop' })
    expect(await ask('POST', `${page}/actions/activate`, {})).toBe(200)
    expect(await ask('POST', `${page}/actions/confirm`, {})).toBe(200)
    await call('restart')
    const { firewall } = ((await state()) as State & { protection: { firewall: FirewallState } }).protection
    expect(firewall).toMatchObject({ active: [{ priority: 7 }], hasUnactivatedChanges: false })
  })

  it('knows everything again in another process', async () => {
    host = await start(startControl)
    await setMode('Mobile and remote access')
    await host.stop()
    host = await start(startControl)
    expect((await state()).mode).toBe('Mobile and remote access')
  })

  it('shows its own certificate until the restart behind an upload', async () => {
    host = await start(startControl)
    const certificateNow = async () => {
      const connection = await client.network.dialTls({
        to: { address, port: 443 },
        protocol: 'probe',
        tls: { serverName: 'vcs', acceptAny: true },
      })
      connection.destroy()
      return connection.tls!.peerCertificate!.subject
    }
    const factory = await certificateNow()
    const { key, cert } = authority.issue({ commonName: 'vcsc1.example.com', names: ['vcsc1.example.com'] })
    const upload = { 'Server certificate': cert, 'Server private key': key }
    expect(await ask('POST', '/api/provisioning/common/cert/server/actions/upload', upload)).toBe(200)
    expect(await certificateNow()).toBe(factory)
    expect((await state()).pendingRestart).toMatchObject([{ field: 'Server certificate' }])
    await call('restart')
    expect(await certificateNow()).toContain('vcsc1.example.com')
  })
})
