import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdministeredTestSystem, administeredTestSystem, basic, password } from './administered-system.fixture.ts'
import { Product } from '../configuration/page.ts'

let vcs: AdministeredTestSystem
let isInService = false

beforeAll(async () => {
  vcs = await administeredTestSystem({
    product: Product.control,
    address: '127.77.3.10',
    isInService: () => isInService,
    status: { zones: [{ name: '<b>zone</b>', state: 'Active' }], mediaPortsInUse: 2 },
  })
})
afterAll(() => vcs[Symbol.asyncDispose]())

const dns = '/api/provisioning/common/dns'
const zones = '/api/provisioning/controller/zone'
const zone = {
  Name: 'To / the edge',
  Username: 'traversal',
  Password: 'wonderful-secret',
  'Peer 1 address': 'vcse1.example.com',
}

const generatedZone = {
  page: 'Configuration > Zones > Zones',
  field: '',
  says: 'the zone "CEtcp-cucm1" is generated',
  action: 'Change the node',
}

describe('a form of the API', () => {
  it('shows and takes values by label', async () => {
    const saved = await vcs.api('PUT', dns, { 'System host name': 'vcsc1', 'Domain name': 'example.com' })
    expect(saved).toMatchObject({ status: 200, json: { page: 'System > DNS', needsRestart: false, pending: [] } })
    const shown = await vcs.api('GET', dns)
    expect(shown.json.values).toMatchObject({ 'System host name': 'vcsc1', 'Domain name': 'example.com' })
  })

  it('refuses with page, field, what and what to do, and changes nothing', async () => {
    const refused = await vcs.api('PATCH', dns, { 'System host name': 'other', 'Address 1': '1.2.3' })
    expect(refused.status).toBe(400)
    expect(refused.json.problems).toEqual([
      { page: 'System > DNS', field: 'Address 1', says: expect.any(String), action: expect.any(String) },
    ])
    expect((await vcs.api('GET', dns)).json.values['System host name']).toBe('vcsc1')
  })

  it('tells what waits for a restart', async () => {
    isInService = true
    const saved = await vcs.api('PUT', dns, { 'Address 1': '127.1.3.53' })
    expect(saved.json).toMatchObject({ needsRestart: true, pending: ['Address 1'] })
    vcs.configuration.restarted()
    expect((await vcs.api('GET', dns)).json.pending).toEqual([])
    isInService = false
  })

  it('shows advanced values only in the advanced view', async () => {
    const resource = '/api/provisioning/common/mra'
    expect(Object.keys((await vcs.api('GET', resource)).json.values)).toEqual(['Unified Communications mode'])
    expect((await vcs.api('GET', `${resource}?advanced=on`)).json.values).toMatchObject({
      'Credentials refresh interval': 480,
      'Credentials cleanup interval': 720,
    })
  })
})

describe('a table of the API', () => {
  it('creates, shows, changes and deletes rows, whatever their key', async () => {
    const created = await vcs.api('POST', zones, zone)
    expect(created).toMatchObject({ status: 201, json: { values: { Name: 'To / the edge', Password: 'set' } } })
    const location = String(created.headers['location'])
    expect(location).toBe(`${zones}/To%20%2F%20the%20edge`)
    expect((await vcs.api('GET', location)).json.values['Port']).toBe(7001)
    expect((await vcs.api('PUT', location, { Port: 7002 })).json.values['Port']).toBe(7002)
    expect((await vcs.api('GET', zones)).json.rows).toHaveLength(1)
    const renamed = await vcs.api('PUT', location, { Name: '100% ours' })
    expect(renamed.json.values).toMatchObject({ Name: '100% ours', Port: 7002 })
    expect((await vcs.api('DELETE', `${zones}/100%25%20ours`)).status).toBe(200)
    expect((await vcs.api('DELETE', `${zones}/100%25%20ours`)).status).toBe(404)
  })

  it.each([
    ['GET', `${zones}/none`, 404],
    ['PUT', `${zones}/none`, 404],
    ['POST', `${zones}/none`, 405],
    ['PUT', zones, 405],
    ['DELETE', dns, 405],
    ['GET', '/api/provisioning/none', 404],
    ['GET', '/api/', 404],
    ['POST', '/api/provisioning/common/restart/actions/none', 404],
    ['GET', '/api/provisioning/common/restart/actions/restart', 405],
  ])('%s %s is answered %i with problems', async (method, target, status) => {
    const answer = await vcs.api(method, target, method === 'GET' || method === 'DELETE' ? undefined : {})
    expect(answer.status).toBe(status)
    expect(answer.json.problems[0]).toMatchObject({ says: expect.any(String), action: expect.any(String) })
    if (status === 405) expect(answer.headers['allow']).toEqual(expect.any(String))
  })

  it.each(['[1]', '"text"', '{', 'null'])('refuses the body %s', async (body) => {
    const headers = { Authorization: basic('admin', password), 'Content-Type': 'application/json' }
    expect((await vcs.ask('POST', zones, { headers, body })).status).toBe(400)
  })

  it('takes JSON only', async () => {
    const headers = { Authorization: basic('admin', password), 'Content-Type': 'text/plain' }
    expect((await vcs.ask('POST', zones, { headers, body: '{}' })).status).toBe(415)
    const { 'Content-Type': _, ...without } = headers
    expect((await vcs.ask('POST', zones, { headers: without, body: '{}' })).status).toBe(415)
  })

  it('refuses a body of more than 256 KiB', async () => {
    const body = JSON.stringify({ Name: 'x'.repeat(300_000) })
    expect((await vcs.ask('POST', zones, { headers: { 'Content-Type': 'application/json' }, body })).status).toBe(413)
  })
})

describe('actions and views of the API', () => {
  it('does what a button does', async () => {
    const target = '/api/provisioning/common/diagnostics/logging/actions/marker'
    expect(await vcs.api('POST', target, { Marker: 'here' })).toMatchObject({
      status: 200,
      json: { says: 'marker is done' },
    })
    expect(vcs.performed.at(-1)).toMatchObject({ name: 'marker', values: { marker: 'here' }, by: 'admin' })
    const refused = await vcs.api('POST', target, {})
    expect(refused).toMatchObject({ status: 400, json: { problems: [{ field: 'Marker', says: 'is mandatory' }] } })
  })

  it('gives files as attachments', async () => {
    const download = { name: 'log "1".txt', type: 'text/plain', body: 'line' }
    vcs.answers.set('common/diagnostics/logging/download', { ok: true, says: '', download })
    const answer = await vcs.api('POST', '/api/provisioning/common/diagnostics/logging/actions/download', {})
    expect(answer).toMatchObject({ status: 200, json: 'line' })
    expect(answer.headers['content-disposition']).toBe('attachment; filename="log__1_.txt"')
  })

  it('shows views', async () => {
    vcs.rows.set('common/status/zones/zones', [{ name: 'Traversal zone', state: 'Active' }])
    const answer = await vcs.api('GET', '/api/provisioning/common/status/zones/views/zones')
    expect(answer.json).toMatchObject({ title: 'Zones', rows: [{ name: 'Traversal zone', state: 'Active' }] })
  })

  it('asks at each request who provides them', async () => {
    const [view, action] = ['common/status/zones/views/zones', 'common/diagnostics/logging/actions/start']
    vcs.stopApplications(true)
    expect((await vcs.api('GET', `/api/provisioning/${view}`)).status).toBe(404)
    expect((await vcs.api('POST', `/api/provisioning/${action}`, {})).status).toBe(404)
    vcs.stopApplications(false)
    expect((await vcs.api('GET', `/api/provisioning/${view}`)).status).toBe(200)
    expect((await vcs.api('POST', `/api/provisioning/${action}`, {})).status).toBe(200)
  })

  it('tells nothing of an unexpected failure, but the log', async () => {
    const broken = {
      get ok(): boolean {
        throw new Error('inner detail')
      },
    }
    vcs.answers.set('common/restart/restart', broken as never)
    const answer = await vcs.api('POST', '/api/provisioning/common/restart/actions/restart', {})
    expect(answer.status).toBe(500)
    expect(JSON.stringify(answer.json)).not.toContain('inner detail')
    expect(vcs.host.records).toContainEqual(expect.objectContaining({ Detail: 'inner detail' }))
  })
})

describe('documents of the API', () => {
  it('describe every page for programs', async () => {
    const { json } = await vcs.api('GET', '/api/provisioning')
    const zonesPage = json.pages.find(({ path }: { path: string }) => path === 'Configuration > Zones > Zones')
    expect(zonesPage).toMatchObject({ resource: 'controller/zone', kind: 'table', key: 'Name', create: 'Create zone' })
    expect(zonesPage.fields).toContainEqual(
      expect.objectContaining({
        label: 'Authentication policy',
        choices: ['Do not check credentials', 'Check credentials', 'Treat as authenticated'],
        default: 'Do not check credentials',
      }),
    )
  })

  it('hold no secret', async () => {
    await vcs.api('POST', zones, { ...zone, Name: 'z' })
    const dump = await vcs.api('GET', '/api/configuration')
    expect(dump.json['Configuration > Zones > Zones']).toMatchObject([{ Name: 'z', Password: 'set' }])
    expect(dump.json['System > DNS']['Domain name']).toBe('example.com')
    const texts = await Promise.all(
      ['/api/configuration', zones, `${zones}/z`, '/getxml?location=/Configuration', '/api/provisioning'].map(
        async (target) => JSON.stringify((await vcs.api('GET', target)).json),
      ),
    )
    expect(texts.join()).not.toContain('wonderful-secret')
    await vcs.api('DELETE', `${zones}/z`)
  })

  it('come as XML too', async () => {
    expect((await vcs.api('GET', '/api/status')).json).toMatchObject({ mediaPortsInUse: 2 })
    expect((await vcs.api('GET', '/getxml?location=/Status/Zones')).json).toContain(
      '<Name>&lt;b&gt;zone&lt;/b&gt;</Name>',
    )
    const xml = (await vcs.api('GET', '/getxml?location=/Configuration/System/DNS')).json
    expect(xml).toContain('<Configuration product="VCS Control"><System><DNS><SystemHostName>vcsc1</SystemHostName>')
    expect((await vcs.api('GET', '/getxml?location=/Configuration/None')).status).toBe(404)
  })
})

describe('the login of a program', () => {
  it('is Basic', async () => {
    const answer = await vcs.ask('GET', dns)
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Basic realm="VCS Control", charset="UTF-8"')
  })

  it('does not count when a page of another site uses it', async () => {
    const headers = { Authorization: basic('admin', password), 'Content-Type': 'application/json' }
    const foreign = { ...headers, Origin: 'https://elsewhere.example.net' }
    expect((await vcs.ask('PUT', dns, { headers: foreign, body: '{}' })).status).toBe(403)
    const cross = { ...headers, 'Sec-Fetch-Site': 'cross-site' }
    expect((await vcs.ask('DELETE', `${zones}/z`, { headers: cross })).status).toBe(403)
  })

  it('is refused with another password, which is told and not logged', async () => {
    const answer = await vcs.ask('GET', dns, { headers: { Authorization: basic('admin', 'guess') } })
    expect(answer.status).toBe(401)
    expect(vcs.loginFailures).toEqual(['127.77.3.10'])
    expect(vcs.host.records).toContainEqual(expect.objectContaining({ event: 'Admin Session Login Failure' }))
    expect(JSON.stringify(vcs.host.records)).not.toContain('guess')
  })
})

describe('a generated row in the API', () => {
  it('is neither shown, edited nor deleted, and says what made it', async () => {
    vcs.generated.set('controller/zone/CEtcp-cucm1', generatedZone)
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const refused = await vcs.api(method, `${zones}/CEtcp-cucm1`, method === 'PATCH' ? { Port: 5070 } : undefined)
      expect(refused).toMatchObject({ status: 403, json: { problems: [generatedZone] } })
    }
    const absent = await vcs.api('DELETE', `${zones}/CEtcp-cucm9`)
    expect(absent).toMatchObject({ status: 404, json: { problems: [{ says: 'has no zone "CEtcp-cucm9"' }] } })
  })
})
