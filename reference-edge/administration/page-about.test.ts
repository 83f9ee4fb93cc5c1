import { afterAll, beforeAll, expect, it } from 'vitest'
import { pagesOf } from '../configuration/catalogue.ts'
import { Product } from '../configuration/page.ts'
import { type AdministeredTestSystem, administeredTestSystem, password } from './administered-system.fixture.ts'

let vcs: AdministeredTestSystem
beforeAll(async () => {
  vcs = await administeredTestSystem({ product: Product.control, address: '127.77.3.14' })
  vcs.rows.set('common/status/registrations/registrations', [
    { aor: 'sip:1001@cucm1.example.com', contact: 'a' },
    { aor: 'sip:dave@example.com', contact: 'b', details: 'sip:dave@example.com' },
  ])
  vcs.rows.set('controller/status/registrationdetails/registrations', [{ aor: 'sip:dave@example.com' }])
  vcs.rows.set('controller/status/registrationcalls/calls', [
    { registration: 'sip:dave@example.com', destination: 'sip:1003@example.com' },
    { registration: 'sip:erin@example.com', destination: 'sip:1004@example.com' },
  ])
})
afterAll(() => vcs[Symbol.asyncDispose]())

async function login(): Promise<Record<string, string>> {
  const page = await vcs.ask('GET', '/login')
  const cookieOf = (answer: typeof page) => String([answer.headers['set-cookie'] ?? ''].flat()[0]).split(';')[0]!
  const token = /name="_token" value="([0-9a-f]{32})"/.exec(page.text)?.[1] ?? ''
  const answer = await vcs.ask('POST', '/login', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookieOf(page) },
    body: new URLSearchParams({ _token: token, username: 'admin', password }).toString(),
  })
  return { Cookie: cookieOf(answer) }
}

it('a registration leads to its details and those to its calls, and to no others', async () => {
  const headers = await login()
  const shown = async (target: string) => (await vcs.ask('GET', target, { headers })).text.replaceAll('<wbr />', '')
  const links = (text: string) => [...text.matchAll(/href="([^"]*\?about=[^"]*)"/g)].map(([, target]) => target!)
  const [details, ...others] = links(await shown('/status/registrations/by-device'))
  expect(others).toEqual([])
  const [calls] = links(await shown(details!))
  const text = await shown(calls!)
  expect(text).toContain('sip:1003@example.com')
  expect(text).not.toContain('sip:1004@example.com')
})

it('programs ask the same', async () => {
  const path = '/api/provisioning/controller/status/registrationcalls/views/calls'
  const about = async (query: string) => ((await vcs.api('GET', path + query)).json as { rows: object[] }).rows.length
  expect(await about('')).toBe(2)
  expect(await about('?about=sip%3Aerin%40example.com')).toBe(1)
  expect(await about('?about=sip%3Anobody')).toBe(0)
})

it('on a VCS Expressway, which registers nobody itself, there is no such page', () => {
  expect(pagesOf(Product.expressway).some(({ path }) => path.includes('Registration details'))).toBe(false)
})
