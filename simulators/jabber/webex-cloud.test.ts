import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HttpResponse } from '#runtime/network.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { WebClient } from '#simulators/protocol/endpoint/web-client.ts'
import { readConfiguration } from '#runtime/configuration.ts'
import type { JabberUser } from './configuration.ts'
import { jabberUser } from './configuration.ts'
import { cloudHost, isCloudCustomer } from './webex-cloud.ts'

const address = '127.79.1.92'
const disposables = new AsyncDisposableStack()
afterAll(() => disposables.disposeAsync())
const asked: string[] = []
let answer: HttpResponse
let web: WebClient
let noCloud: WebClient

beforeAll(async () => {
  const cloud = testHost({ name: 'cloud', address })
  const handler = async ({ target }: { target: string }) => {
    asked.push(target)
    return answer
  }
  disposables.use(await cloud.network.listenHttp({ port: 80, handler }))
  web = new WebClient(testHost({ address: '127.79.1.71', names: { [cloudHost]: address } }).network)
  noCloud = new WebClient(testHost({ address: '127.79.1.72' }).network)
  disposables.defer(async () => {
    await web.close()
    await noCloud.close()
  })
})

function user(settings: object = {}): JabberUser {
  return readConfiguration('jabber', jabberUser, { id: 'alice', password: 'x', domain: 'example.com', ...settings })
}

const says = (body: string, status = 200): HttpResponse => ({ status, headers: {}, body })

test.each([
  ['a customer without single sign-on', says('<r><errorcode>7</errorcode></r>'), true],
  ['no customer', says('<r><errorcode>1</errorcode><reason>SSO protocol error.</reason></r>'), false],
  ['an answer without the code', says('<r/>'), false],
  ['no document', says('<html><br></html>'), false],
  ['an error of the service', says('<r><errorcode>7</errorcode></r>', 503), false],
])('%s', async (_what, given, isCustomer) => {
  answer = given
  expect(await isCloudCustomer(web, user({ voiceServicesDomain: 'voice.test' }))).toBe(isCustomer)
  expect(asked.at(-1)).toBe('/cas/FederatedSSO?org=example.com')
})

test('a client without WebEx asks nobody, and without the name nobody is asked', async () => {
  answer = says('<r><errorcode>7</errorcode></r>')
  const before = asked.length
  expect(await isCloudCustomer(web, user({ excludedServices: ['WEBEX'] }))).toBe(false)
  expect(await isCloudCustomer(noCloud, user())).toBe(false)
  expect(asked.length).toBe(before)
})
