import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Product } from '../configuration/page.ts'
import { type AdministeredTestSystem, administeredTestSystem, password } from './administered-system.fixture.ts'
import { urlOf } from './menu.ts'

let vcs: AdministeredTestSystem
let browser: Browser

beforeAll(async () => {
  vcs = await administeredTestSystem({ product: Product.control, address: '127.77.3.11' })
})
afterAll(() => vcs[Symbol.asyncDispose]())
beforeEach(async () => {
  browser = new Browser()
  await browser.login()
})

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }

/** What of a browser these pages need: one cookie, forms, the token of the page that was shown last. */
class Browser {
  cookie = ''
  token = ''

  async get(target: string) {
    return this.#keep(await vcs.ask('GET', target, { headers: this.#headers() }))
  }

  async post(target: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) {
    const body = new URLSearchParams({ _token: this.token, ...fields }).toString()
    return this.#keep(await vcs.ask('POST', target, { headers: { ...this.#headers(), ...formType, ...headers }, body }))
  }

  async login(given = password) {
    const answer = await this.post('/login', { username: 'admin', password: given })
    if (answer.status === 303) await this.get('/status/alarms')
    return answer
  }

  #headers(): Record<string, string> {
    return this.cookie === '' ? {} : { Cookie: this.cookie }
  }

  #keep<Answer extends Awaited<ReturnType<AdministeredTestSystem['ask']>>>(answer: Answer): Answer {
    const [cookie] = [answer.headers['set-cookie'] ?? []].flat()
    if (cookie !== undefined) this.cookie = cookie.split(';')[0]!
    this.token = /name="_token" value="([0-9a-f]{32})"/.exec(answer.text)?.[1] ?? this.token
    return answer
  }
}

const events = (event: string) => vcs.host.records.filter((record) => record.event === event)
const tag = (text: string, start: string) => new RegExp(`<${start}[^>]*>`).exec(text)?.[0] ?? ''

describe('a session', () => {
  it('is needed for every page, and leads back to it', async () => {
    const stranger = new Browser()
    for (const { path } of vcs.configuration.pages) {
      const answer = await stranger.get(urlOf(path))
      expect(answer).toMatchObject({ status: 303, text: '' })
      expect(answer.headers['location']).toBe(`/login?to=${encodeURIComponent(urlOf(path))}`)
    }
    const login = await stranger.post('/login', { username: 'admin', password, to: '/system/dns' })
    expect(login.headers['location']).toBe('/system/dns')
  })

  it('has a cookie for this host only, new at each login', async () => {
    const before = browser.cookie
    const answer = await browser.login()
    const [cookie] = [answer.headers['set-cookie'] ?? []].flat()
    expect(cookie).toMatch(/^__Host-session=[0-9a-f]{32}; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
    expect(browser.cookie).not.toBe(before)
    browser.cookie = before
    expect((await browser.get('/system/dns')).status).toBe(303)
  })

  it.each(['//evil.example.net', '/\\evil', 'https://evil.example.net/', '/a\r\nX: y', 'javascript:x'])(
    'does not lead to %j',
    async (to) => {
      const answer = await new Browser().post('/login', { username: 'admin', password, to })
      expect(answer.headers['location']).toBe('/')
    },
  )

  it('ends by logout, which the log says', async () => {
    const { length } = events('Admin Session Finish')
    const old = browser.cookie
    expect((await browser.post('/logout')).headers['location']).toBe('/login')
    browser.cookie = old
    expect((await browser.get('/system/dns')).status).toBe(303)
    expect(events('Admin Session Finish')).toHaveLength(length + 1)
    expect(events('Admin Session Start').length).toBeGreaterThan(0)
  })

  it('ends when it was not used for the session time out', async () => {
    await vcs.host.wall.advance(20 * 60_000)
    expect((await browser.get('/system/dns')).status).toBe(200)
    await vcs.host.wall.advance(20 * 60_000)
    expect((await browser.get('/system/dns')).status).toBe(200)
    await vcs.host.wall.advance(30 * 60_000)
    expect(events('Admin Session Finish').at(-1)).toMatchObject({ Reason: 'Timed out' })
    expect((await browser.get('/system/dns')).status).toBe(303)
  })

  it('ends when the password changes', async () => {
    vcs.setPassword('another')
    expect((await browser.get('/system/dns')).status).toBe(303)
    expect((await new Browser().login('another')).status).toBe(303)
    vcs.setPassword(password)
  })
})

describe('a form that is sent', () => {
  const given = { hostName: 'changed' }
  const stored = () => vcs.configuration.dump()['System > DNS'] as Record<string, unknown>

  it.each([
    ['no token', { _token: '' }, {}, 403],
    ['another token', { _token: '0'.repeat(32) }, {}, 403],
    ['a page of another site', {}, { Origin: 'https://vcsc1.example.com.evil.example.net' }, 403],
    ['a sandboxed page', {}, { Origin: 'null' }, 403],
    ['a page of a sister site', {}, { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['another kind of body', {}, { 'Content-Type': 'text/plain' }, 415],
  ])('from %s changes nothing', async (_, fields, headers, status) => {
    const answer = await browser.post('/system/dns', { ...given, ...fields }, headers)
    expect(answer.status).toBe(status)
    expect(stored()['System host name']).not.toBe('changed')
  })

  it('from the page itself is saved, which the page says once', async () => {
    const answer = await browser.post('/system/dns', given, {
      Origin: 'https://vcsc1.example.com',
      'Sec-Fetch-Site': 'same-origin',
    })
    expect(answer).toMatchObject({ status: 303, headers: { location: '/system/dns' } })
    expect(stored()['System host name']).toBe('changed')
    expect((await browser.get('/system/dns')).text).toMatch(/role="status">\s*<p>Saved<\/p>/)
    expect((await browser.get('/system/dns')).text).not.toContain('Saved')
  })

  it('with a mistake keeps what was entered and leads to the field', async () => {
    const answer = await browser.post('/system/dns', { hostName: 'ok', address1: '1.2.3' })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('<a href="#field-address1">Address 1</a>')
    expect(tag(answer.text, 'input[^>]*id="field-address1"')).toContain('aria-invalid="true"')
    expect(tag(answer.text, 'input[^>]*id="field-hostName"')).toContain('value="ok"')
    expect(stored()['System host name']).toBe('changed')
  })
})

describe('a table', () => {
  const page = '/configuration/zones/zones'
  const zone = { name: 'Traversal zone', username: 'u', password: 'wonderful-secret', peer1: 'vcse1.example.com' }

  it('creates, edits and deletes rows; a secret never comes back', async () => {
    expect((await browser.get(`${page}/new`)).text).toContain('<button>Create zone</button>')
    expect((await browser.post(`${page}/new`, zone)).status).toBe(303)
    const edit = await browser.get(`${page}/edit?row=Traversal%20zone`)
    expect(edit.text).toContain('Configuration</li>')
    expect(edit.text).not.toContain('wonderful-secret')
    expect(tag(edit.text, 'input[^>]*id="field-password"')).not.toContain('value')
    await browser.post(`${page}/edit?row=Traversal%20zone`, { port: '7002', password: '' })
    expect(vcs.configuration.dump()['Configuration > Zones > Zones']).toMatchObject([{ Port: 7002, Password: 'set' }])
    const asked = await browser.post(`${page}/delete?row=Traversal%20zone`)
    expect(asked.text).toContain('The zone &quot;Traversal zone&quot; will be deleted.')
    expect(vcs.configuration.dump()['Configuration > Zones > Zones']).toHaveLength(1)
    await browser.post(`${page}/delete?row=Traversal%20zone`, { _confirmed: '1' })
    expect(vcs.configuration.dump()['Configuration > Zones > Zones']).toEqual([])
  })

  it('shows a refused row as it was entered, but its secret', async () => {
    const answer = await browser.post(`${page}/new`, { ...zone, port: '8883' })
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('wonderful-secret')
    expect(answer.text).toContain('value="8883"')
  })

  it('hides fields that another field rules out, and shows them without script by a button', async () => {
    const time = '/system/time/new'
    expect(tag((await browser.get(time)).text, 'div[^>]*data-when="[^"]*authentication')).toContain('hidden')
    const chosen = await browser.post(time, { authentication: 'Symmetric key', _refresh: '1' })
    expect(tag(chosen.text, 'div[^>]*data-when="[^"]*authentication')).not.toContain('hidden')
    expect(chosen.status).toBe(200)
  })

  it('with fixed rows can neither grow nor shrink', async () => {
    const fixed = '/system/protection/automated-detection/configuration'
    expect((await browser.get(fixed)).text).not.toContain(`${fixed}/new`)
    expect((await browser.post(`${fixed}/new`)).status).toBe(404)
    const edit = await browser.get(`${fixed}/edit?row=HTTP%20proxy%20authorization%20failure`)
    expect(edit.text).toContain('<output id="field-category">')
  })
})

describe('pages', () => {
  it('show advanced settings only when they are asked for', async () => {
    const page = '/configuration/unified-communications/configuration'
    const plain = await browser.get(page)
    expect(plain.text).toContain('Show advanced settings')
    expect(plain.text).not.toContain('Credentials refresh interval')
    expect(plain.text).not.toContain('480')
    const advanced = await browser.get(`${page}?advanced=on`)
    expect(advanced.text).toContain('Credentials refresh interval')
    expect(tag(advanced.text, 'input[^>]*id="field-credentialsCleanupInterval"')).toContain('value="720"')
    await browser.post(`${page}?advanced=on`, { credentialsRefreshInterval: '10' })
    expect((await browser.get(`${page}?advanced=on`)).text).toContain('value="10"')
  })

  it('link what belongs to them', async () => {
    const page = await browser.get('/configuration/unified-communications/configuration')
    for (const text of ['HTTP server allow list', 'Unified CM servers', 'IM and Presence servers']) {
      expect(page.text.split('<main')[1]).toContain(`>${text}</a>`)
    }
    expect((await browser.get('/status/unified-communications')).text).toContain('Advanced status information')
  })

  it('show values as text, whatever they hold', async () => {
    const evil = '<script>alert(1)</script>"\'>'
    vcs.rows.set('common/status/zones/zones', [{ name: evil, type: evil, state: evil, reason: evil }])
    vcs.banners.push(evil)
    await browser.post('/system/system-administration', { systemName: evil })
    await browser.post('/configuration/zones/zones/new', { name: evil, username: evil, password: 'p', peer1: 'a.b' })
    for (const target of ['/status/zones', '/configuration/zones/zones', '/login', '/system/dns']) {
      const answer = await browser.get(target)
      expect(answer.text).not.toContain('<script>')
      expect(answer.text).toContain('&lt;script&gt;')
      expect(answer.headers['content-security-policy']).toContain(
        "default-src 'none'; style-src 'self'; script-src 'self'",
      )
    }
    expect((await browser.post('/configuration/zones/zones/new', { name: evil })).text).not.toContain('<script>')
    expect((await browser.get(`/configuration/zones/zones/edit?row=${encodeURIComponent(evil)}`)).status).toBe(200)
    await browser.post(`/configuration/zones/zones/delete?row=${encodeURIComponent(evil)}`, { _confirmed: '1' })
    await browser.post('/system/system-administration', { systemName: '' })
    vcs.banners.length = 0
  })

  it('link the page of a row, and show recent sessions in red', async () => {
    vcs.rows.set('common/status/unifiedcommunications/errors', [{ says: 'x', action: 'y', page: 'System > DNS' }])
    expect((await browser.get('/status/unified-communications')).text).toContain(
      '<a href="/system/dns">System &gt; DNS</a>',
    )
    const sessions = [
      { username: 'alice', state: 'Current' },
      { username: 'bob', state: 'Recent' },
    ]
    vcs.rows.set('controller/status/provisioningsessions/sessions', sessions)
    const { text } = await browser.get('/status/unified-communications/view-provisioning-sessions')
    expect(text.match(/<tr class="recent">\s*<td>bob/)).not.toBeNull()
    expect(text.match(/<tr class="recent">\s*<td>alice/)).toBeNull()
  })

  it('count alarms, which are acknowledged in their row', async () => {
    vcs.rows.set('common/alarm/alarms', [{ id: 25010, title: 'Restart required', state: 'Raised', alarm: 'a-1' }])
    const { text } = await browser.get('/status/alarms')
    expect(text).toMatch(/class="alarms raised"[\s\S]*?1 alarm</)
    expect(text).toContain('aria-label="Acknowledge 25010"')
    vcs.rows.get('common/alarm/alarms')!.push({ id: 40040, title: 'Not raised any more', state: 'Lowered' })
    expect((await browser.get('/status/alarms')).text).not.toContain('aria-label="Acknowledge 40040"')
    await browser.post('/status/alarms/actions/acknowledge', { alarm: 'a-1' })
    expect(vcs.performed.at(-1)).toMatchObject({ name: 'acknowledge', values: { alarm: 'a-1' }, by: 'admin' })
    vcs.rows.delete('common/alarm/alarms')
  })

  it('ask before what cannot be taken back', async () => {
    const target = '/maintenance/restart-options/actions/restart'
    const { length } = vcs.performed
    expect((await browser.post(target)).text).toContain('Calls and sessions end.')
    expect(vcs.performed).toHaveLength(length)
    await browser.post(target, { _confirmed: '1' })
    expect(vcs.performed.at(-1)).toMatchObject({ name: 'restart' })
  })

  it('lead to what was wrong with an action', async () => {
    const answer = await browser.post('/maintenance/diagnostics/diagnostic-logging/actions/marker', { marker: '' })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('<a href="#action-marker-marker">Marker</a>')
  })

  it('are there for every menu path, and no others', async () => {
    for (const { path } of vcs.configuration.pages) {
      const { status, text } = await browser.get(urlOf(path))
      expect([path, status]).toEqual([path, 200])
      expect(text).not.toMatch(/undefined|\[object|NaN/)
    }
    expect((await browser.get('/configuration/none')).status).toBe(404)
    expect((await browser.get('//x/')).status).toBe(400)
  })
})

describe('a generated row on its page', () => {
  it.each(['edit', 'delete'])('says at %s what made it', async (step) => {
    const zone = {
      page: 'Configuration > Zones > Zones',
      field: '',
      says: 'it is generated',
      action: 'Change the node',
    }
    vcs.generated.set('controller/zone/CEtcp-cucm1', zone)
    const target = `${urlOf(zone.page)}/${step}?row=CEtcp-cucm1`
    const answer = await browser.post(target, { _confirmed: '1' })
    expect(answer.headers['location']).toBe(urlOf(zone.page))
    expect((await browser.get(urlOf(zone.page))).text).toContain('it is generated. Change the node')
  })
})

describe('the login', () => {
  it('says that it was refused, tells the protection, and logs no password', async () => {
    const answer = await new Browser().login('guess')
    expect(answer.status).toBe(401)
    expect(answer.text).toContain('Invalid username or password')
    expect(vcs.loginFailures.at(-1)).toBe('127.77.3.11')
    expect(JSON.stringify(vcs.host.records)).not.toContain('guess')
  })
})
