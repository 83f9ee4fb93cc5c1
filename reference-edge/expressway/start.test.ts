import { randomBytes, scryptSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Host } from '#runtime/host.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { parseExpresswayConfiguration } from './configuration.ts'
import { startExpressway } from './start.ts'

const authority = testAuthority()
const identity = authority.issue({ commonName: 'vcse1.example.com', names: ['vcse1.example.com', 'example.com'] })
const salt = randomBytes(16)

const configuration = {
  administration: {
    username: 'admin',
    passwordHash: `scrypt:${salt.toString('hex')}:${scryptSync('secret', salt, 32).toString('hex')}`,
  },
  unifiedCommunications: { mode: 'mobile-and-remote-access' },
  traversalServer: { username: 'traversal', password: 'z0ne', tlsVerifySubjectName: 'vcsc1.example.com' },
}

interface State {
  ready: boolean
  zones: { state: string; name: string }[]
  listeners: { address: string; port: number }[]
  mode: string
}

/** Ports below 1024 are not everybody's; the lab then runs in a place of its own. */
const mayListenBelow1024 = process.getuid?.() === 0

describe.skipIf(!mayListenBelow1024)('VCS Expressway', () => {
  const { environment } = testHost({
    name: 'vcse1',
    address: '127.77.2.40',
    identity,
    trust: [authority.certificate],
  })
  const client = testHost({ name: 'client', address: '127.77.1.40', trust: [authority.certificate] }).environment
  let host: Host

  beforeEach(async () => {
    host = await startExpressway(environment, configuration, AbortSignal.timeout(60_000))
  })

  afterEach(() => host.stop())

  const state = async () => (await host.management['state']!({} as never)) as State

  it('does not call a domain foreign before a Control has told the domains', async () => {
    const to = { address: environment.address, port: 8443 }
    const ask = async () => {
      const tls = { serverName: 'vcse1.example.com' }
      await using http = client.network.httpClient(() => client.network.dialTls({ to, protocol: 'HTTPS', tls }))
      const target = `/${Buffer.from('example.com').toString('base64')}/get_edge_config`
      const headers = { Host: 'vcse1.example.com:8443' }
      return http.send({ method: 'GET', target, headers })
    }
    expect(await ask()).toMatchObject({ status: 502, reason: 'Next Hop Connection Failed' })
    const off = { ...configuration, unifiedCommunications: { mode: 'off' } }
    await host.management['configure']!(off as never)
    expect(await ask()).toMatchObject({ status: 403 })
  })

  it('listens on the ports of the guide, and nowhere once stopped', async () => {
    const ports = [443, 2222, 5061, 5222, 7001, 7400, 8443, 8883]
    const { listeners, ready, zones } = await state()
    expect(listeners.map(({ port }) => port).sort((a, b) => a - b)).toEqual(ports)
    expect(ready).toBe(false)
    expect(zones).toMatchObject([{ state: 'Failed', name: 'TraversalZone' }])
    const dial = (port: number) =>
      client.network.dialTcp({ to: { address: environment.address, port }, protocol: 'probe' })
    for (const port of ports) (await dial(port)).destroy()
    await host.stop()
    for (const port of ports) await expect(dial(port)).rejects.toThrow()
  })

  it('closes 8883 after the handshake', async () => {
    const connection = await client.network.dialTls({
      to: { address: environment.address, port: 8883 },
      protocol: 'probe',
      tls: { serverName: 'vcse1.example.com' },
    })
    let received = 0
    connection.stream.on('data', (chunk: Buffer) => (received += chunk.length))
    await waitFor('the end', () => connection.stream.destroyed || connection.stream.readableEnded)
    expect(received).toBe(0)
  })

  it('takes another configuration while it runs, and refuses a wrong one whole', async () => {
    const off = { ...configuration, unifiedCommunications: { mode: 'off' } }
    await host.management['configure']!(off as never)
    expect((await state()).mode).toBe('off')
    await expect(host.management['configure']!({ ...configuration, surprise: 1 } as never)).rejects.toThrow('surprise')
    expect((await state()).mode).toBe('off')
  })
})

describe('configuration of a VCS Expressway', () => {
  it('has the defaults of the guide', () => {
    expect(parseExpresswayConfiguration(configuration)).toMatchObject({
      traversalServer: { id: 3, port: 7001, tlsVerify: true, authenticationPolicy: 'do-not-check-credentials' },
      sip: { challenge: 407 },
      capacity: { registrations: 2500, calls: 150 },
    })
  })

  it('names every problem', () => {
    expect(() => parseExpresswayConfiguration({ traversalServer: { port: 0 } })).toThrow(
      /administration.*traversalServer\.port/s,
    )
  })
})
