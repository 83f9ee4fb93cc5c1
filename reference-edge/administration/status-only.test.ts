import { randomBytes, scryptSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { startAdministration } from './status-only.ts'
import { LoginGate } from './login-gate.ts'
import { isPasswordOf } from './password-hash.ts'
import { statusXml } from './xml-document.ts'

const hashOf = (password: string) => {
  const salt = randomBytes(16)
  return `scrypt:${salt.toString('hex')}:${scryptSync(password, salt, 32).toString('hex')}`
}
const passwordHash = hashOf('pass:word')
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
const authority = testAuthority()
const address = '127.77.2.30'
const port = 18443

const status = { zones: [{ name: '<script>alert(1)</script>', state: 'Active' }], mediaPortsInUse: 2 }
let running: AsyncDisposable
let host: ReturnType<typeof testHost>

beforeEach(async () => {
  const identity = authority.issue({ commonName: 'vcse1.example.com', names: ['vcse1.example.com'] })
  host = testHost({ name: 'vcse1', address, identity, trust: [authority.certificate] })
  running = await startAdministration({
    environment: host.environment,
    configuration: () => ({ administration: { username: 'admin', passwordHash } }),
    status: () => status,
    product: 'VCS Expressway',
    port,
  })
})

afterEach(() => running[Symbol.asyncDispose]())

async function ask(target: string, authorization?: string, method = 'GET') {
  const { network } = host.environment
  const client = network.httpClient(() =>
    network.dialTls({ to: { address, port }, protocol: 'HTTP', tls: { serverName: 'vcse1.example.com' } }),
  )
  const headers = {
    Host: 'vcse1.example.com',
    ...(authorization === undefined ? {} : { Authorization: authorization }),
  }
  const answer = await client.send({ method, target, headers })
  await client.close()
  return { ...answer, text: answer.body.toString() }
}

describe('administration pages', () => {
  it('ask for a login', async () => {
    const answer = await ask('/')
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toContain('Basic')
    expect(answer.text).toBe('')
  })

  it('refuse a wrong password or name, and log it without them', async () => {
    expect((await ask('/', basic('admin', 'guess'))).status).toBe(401)
    expect(host.records).toContainEqual(expect.objectContaining({ event: 'Admin Session Login Failure' }))
    expect(JSON.stringify(host.records)).not.toContain('guess')
  })

  it('show the status as text only', async () => {
    const answer = await ask('/', basic('admin', 'pass:word'))
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('&lt;script&gt;')
    expect(answer.text).not.toContain('<script>')
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
  })

  it('give the status as JSON and XML', async () => {
    const login = basic('admin', 'pass:word')
    expect(JSON.parse((await ask('/api/status', login)).text)).toEqual(status)
    expect((await ask('/getxml?location=/Status/Zones', login)).text).toContain('<State>Active</State>')
    expect((await ask('/getxml?location=/Configuration', login)).status).toBe(404)
  })

  it('change nothing', async () => {
    expect((await ask('/', basic('admin', 'pass:word'), 'POST')).status).toBe(405)
  })
})

describe('login', () => {
  it('waits longer after each failure of a source, and of this source only', async () => {
    const clock = new ManualClock()
    const gate = new LoginGate(clock, () => ({ username: 'admin', passwordHash }))
    expect(await gate.judge(basic('admin', 'no'), '127.0.0.1')).toBe('refused')
    expect(await gate.judge(basic('root', 'pass:word'), '127.0.0.9')).toBe('refused')
    let verdict: string | undefined
    const judging = gate.judge(basic('admin', 'pass:word'), '127.0.0.1').then((given) => (verdict = given))
    expect(await gate.judge(basic('admin', 'pass:word'), '127.0.0.2')).toBe('admitted')
    expect(verdict).toBeUndefined()
    clock.advance(1_000)
    expect(await judging).toBe('admitted')
  })

  it.each(['', 'plain', 'scrypt::', 'scrypt:00:', `${hashOf('')}:1000`, `${hashOf('')}:x`, `${hashOf('')}:1024:y`])(
    'is not possible with the hash "%s"',
    async (hash) => {
      expect(await isPasswordOf(hash, '')).toBe(false)
    },
  )
})

describe('status as XML', () => {
  it('escapes what cannot stand in a document', () => {
    const xml = statusXml('VCS', { 'a b': 'x<y\u0000', 1: ['p', 'q'] }, '/Status')
    expect(xml).toContain('<A_b>x&lt;y\ufffd</A_b>')
    expect(xml).toContain('<_1><Item item="1">p</Item><Item item="2">q</Item></_1>')
  })

  it.each(['/Zones', '/Status/None', ''])('has nothing at %s', (location) => {
    expect(statusXml('VCS', status, location)).toBeUndefined()
  })
})
