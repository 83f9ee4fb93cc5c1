import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpAnswer, HttpClient } from '#runtime/network.ts'
import type { RunningCluster } from '../cluster.fixture.ts'
import { networkAt, secureProfile, smallCluster, startTestCluster } from '../cluster.fixture.ts'
import { pages } from './pages.ts'

const address = '127.78.3.8'
let cluster: RunningCluster
let https: HttpClient

beforeAll(async () => {
  cluster = await startTestCluster(address, {
    ...smallCluster,
    phoneSecurityProfiles: [secureProfile],
    applicationUsers: [
      { id: 'administrator', password: 'c<m', roles: ['Standard CCM Super Users'] },
      { id: 'axl', password: 'a', roles: ['Standard AXL API Access'] },
    ],
  })
  const network = networkAt('127.78.3.81')
  const tls = { serverName: 'cucm1.example.com' }
  https = network.httpClient(() => network.dialTls({ to: { address, port: 8443 }, protocol: 'HTTPS', tls }))
})
afterAll(async () => {
  await https.close()
  await cluster[Symbol.asyncDispose]()
})

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

async function ask(
  target: string,
  form?: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<HttpAnswer & { text: string }> {
  const answer = await https.send({
    method: form === undefined ? 'GET' : 'POST',
    target: `/ccmadmin${target}`,
    headers: {
      Host: 'cucm1.example.com:8443',
      Authorization: basic('administrator', 'c<m'),
      ...(form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  })
  return { ...answer, text: answer.body.toString() }
}

/** What a browser would send of a form as it is shown. */
function filledIn(text: string): Record<string, string> {
  const decode = (part: string) => part.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
  const inputs = [...text.matchAll(/<input id="[^"]+" name="([^"]+)"(?! type)[^>]* value="([^"]*)"/g)]
  const ticks = [...text.matchAll(/<input id="[^"]+" name="([^"]+)" type="checkbox" value="On" checked/g)]
  const areas = [...text.matchAll(/<textarea id="[^"]+" name="([^"]+)"[^>]*>([^<]*)</g)]
  const choices = [...text.matchAll(/<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)<\/select>/gs)].map(
    ([, name, options]) => ['', name, /<option selected>([^<]*)</.exec(options!)?.[1] ?? ''],
  )
  return Object.fromEntries(
    [...inputs, ...areas, ...choices, ...ticks.map(([, name]) => ['', name, 'On'])].map(([, name, value]) => [
      name!,
      decode(value!),
    ]),
  )
}

describe('who may come in', () => {
  test('an application user with the role', async () => {
    expect((await ask('/')).status).toBe(200)
    expect((await ask('/', undefined, { Authorization: basic('axl', 'a') })).status).toBe(403)
    const stranger = await ask('/', undefined, { Authorization: basic('administrator', 'x') })
    expect([stranger.status, stranger.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="Cisco Unified CM Administration"',
    ])
  })

  test.each([{ Origin: 'https://evil.example.net' }, { 'Sec-Fetch-Site': 'cross-site' }])(
    'no form of another site: %j',
    async (headers) => {
      expect((await ask('/tools-service-activation/0', {}, headers as Record<string, string>)).status).toBe(403)
    },
  )
})

describe('pages', () => {
  test.each(pages.map((page) => [page.menu, page.slug]))('%s', async (menu, slug) => {
    const { status, text, headers } = await ask(`/${slug}`)
    expect(status).toBe(200)
    expect(text).toContain(`<h1>${menu.replaceAll('>', '&gt;')}</h1>`)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })

  test('every field of the phone security profile is labelled, starred ones with a star', async () => {
    const { text } = await ask('/system-security-phone-security-profile/0')
    const labels = [...text.matchAll(/<label for="field-(\w+)">([^<]+)</g)].map(([, , label]) => label)
    expect(labels).toEqual([
      'Product Type',
      'Device Protocol',
      'Name*',
      'Description',
      'Nonce Validity Time*',
      'Device Security Mode',
      'Transport Type*',
      'Enable Digest Authentication',
      'TFTP Encrypted Config',
      'Exclude Digest Credentials in Configuration File',
      'Authentication Mode*',
      'Key Size (Bits)*',
      'SIP Phone Port*',
    ])
  })

  test('a form saved as it is shown changes nothing', async () => {
    for (const [slug, path] of [
      ['system-security-phone-security-profile/0', 'System > Security > Phone Security Profile'],
      ['system-service-parameters/0', 'System > Service Parameters'],
      ['tools-service-activation/0', 'Tools > Service Activation'],
      ['system-device-pool/0', 'System > Device Pool'],
      ['device-phone/0', 'Device > Phone'],
      ['user-management-end-user/0', 'User Management > End User'],
    ] as const) {
      const before = await cluster.management.call('page', { page: path })
      const answer = await ask(`/${slug}`, filledIn((await ask(`/${slug}`)).text))
      expect([slug, answer.status]).toEqual([slug, 303])
      expect((await ask(String(answer.headers['location']).replace('/ccmadmin', ''))).text).toContain(
        'Status: Update successful',
      )
      expect(await cluster.management.call('page', { page: path })).toEqual(before)
    }
  })

  test('a region is added, changed and deleted', async () => {
    const slug = '/system-region-information-region'
    const menu = 'System > Region Information > Region'
    const form = filledIn((await ask(`${slug}/new`)).text)
    expect(
      (
        await ask(`${slug}/new`, {
          ...form,
          of: 'Default',
          region: 'Default',
          maximumSessionBitRateForVideoCalls: '6000',
        })
      ).status,
    ).toBe(303)
    expect(await cluster.management.call('page', { page: menu })).toMatchObject([
      {
        row: 'Default',
        fields: {
          'Audio Codec Preference List': 'Use System Default (Factory Default low loss)',
          'Maximum Session Bit Rate for Video Calls': 6000,
        },
      },
    ])
    const shown = filledIn((await ask(`${slug}/0`)).text)
    expect((await ask(`${slug}/0`, { ...shown, maximumSessionBitRateForVideoCalls: '384' })).status).toBe(303)
    expect((await ask(`${slug}/0`, { action: 'Delete' })).status).toBe(303)
    expect(await cluster.management.call('page', { page: menu })).toEqual([])
  })

  test.each([
    ['a starred field left empty', { name: '' }, 'Name: must be filled in'],
    ['a port that is none', { sipPhonePort: 'five' }, 'SIP Phone Port: must be a port number'],
    [
      'what does not go together',
      { transportType: 'TCP' },
      'Device Security Mode Encrypted does not go with Transport Type TCP',
    ],
  ])('%s is refused with its reason, and what was typed stays', async (_, change, says) => {
    const slug = '/system-security-phone-security-profile/0'
    const form = { ...filledIn((await ask(slug)).text), ...change, description: '"<typed>"' }
    const { status, text } = await ask(slug, form)
    expect(status).toBe(400)
    expect(text).toContain('role="alert"')
    expect(text).toContain(says)
    expect(text).toContain('&quot;&lt;typed&gt;&quot;')
    expect(await cluster.management.call('page', { page: 'System > Security > Phone Security Profile' })).toMatchObject(
      [{ row: secureProfile.name, fields: { Description: '' } }],
    )
  })

  test('passwords are on no page, and saving a user keeps his', async () => {
    const { text } = await ask('/user-management-end-user/0')
    expect(text).not.toContain('s3cret')
    await ask('/user-management-end-user/0', filledIn(text))
    const credentials = { Authorization: basic('alice', 's3cret & <x>'), Host: 'cucm1.example.com:8443' }
    const own = await https.send({ method: 'GET', target: '/cucm-uds/user/alice', headers: credentials })
    expect(own.status).toBe(200)
  })

  test('a device gets its profile and loses it', async () => {
    const set = (value: string) =>
      cluster.management.call('set', {
        page: 'Device > Phone',
        row: 'CSFALICE',
        field: 'Device Security Profile',
        value,
      })
    await set(secureProfile.name)
    expect((await ask('/device-phone')).text).toContain(secureProfile.name)
    await set('')
    expect((await ask('/device-phone')).text).not.toContain(secureProfile.name)
    await expect(set('nothing.example.com')).rejects.toThrow(
      /phone security profile nothing.example.com does not exist/,
    )
  })

  test('management speaks of the same pages and fields', async () => {
    const set = (change: object) =>
      cluster.management.call('set', { page: 'System > Region Information > Region', ...change })
    await expect(set({ field: 'Region', value: 'x' })).rejects.toThrow(/has no row/)
    await expect(set({ page: 'System > Nothing', field: 'x', value: 1 })).rejects.toThrow(/is no page/)
    await expect(set({ page: 'Tools > Service Activation', field: 'Cisco Nothing', value: true })).rejects.toThrow(
      /has no field/,
    )
    await set({ page: 'Tools > Service Activation', field: 'Cisco Tftp', value: 'Off' })
    expect(await cluster.management.call('state')).toMatchObject({ services: ['callManager'] })
    await set({ page: 'Tools > Service Activation', field: 'Cisco Tftp', value: 'On' })
  })
})

describe('Apply Config', () => {
  test('stands on the page whose changes wait for it, and brings them into force', async () => {
    const profiles = '/system-security-sip-trunk-security-profile'
    const trunk = { name: 'T', destinationAddress: '127.78.3.82', destinationPort: '5060', devicePool: 'Default' }
    const add = await ask('/device-trunk/new', { ...trunk, sipTrunkSecurityProfile: 'Non Secure SIP Trunk Profile' })
    expect(add.status).toBe(303)
    const form = (await ask(`${profiles}/0`)).text
    expect(form).toContain('<button name="action" value="Apply Config"')
    expect((await ask('/device-trunk/0')).text).not.toContain('value="Apply Config"')
    const saved = await ask(`${profiles}/0`, { ...filledIn(form), incomingPort: '5075', action: 'Save' })
    expect(decodeURIComponent(String(saved.headers['location']))).toContain('Click on Apply Config')
    const ports = async () => ((await cluster.management.call('state')) as { sipPorts: number[] }).sipPorts
    expect(await ports()).toEqual([5060])
    const applied = await ask(`${profiles}/0`, { action: 'Apply Config' })
    expect(decodeURIComponent(String(applied.headers['location']))).toContain('Apply Config successful')
    expect(await ports()).toEqual([5060, 5075])
  })
})
