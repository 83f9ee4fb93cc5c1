import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import type { HttpAnswer, HttpClient, HttpSendOptions } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { descendant, parseDocument } from '#simulators/protocol/xml/element.ts'
import { startUnityConnection } from './start.ts'

const disposables = new AsyncDisposableStack()
afterAll(() => disposables.disposeAsync())
const address = '127.77.3.40'
let host: Host
let client: HttpClient

beforeAll(async () => {
  const identity = selfSigned('cuc1.example.com')
  const configuration = {
    mailboxes: [
      {
        alias: 'alice',
        password: 'alice-password',
        messages: [
          { id: 'first', from: { name: 'Bob & Co', number: '1002' }, durationMs: 500, ageMinutes: 10 },
          { id: 'second', from: { name: 'Carol', number: '1003' }, isRead: true, ageMinutes: 5 },
          { id: 'third', from: { name: 'Carol', number: '1003' } },
        ],
      },
      { alias: 'bob', password: 'bob-password' },
    ],
  }
  const { environment } = testHost({ name: 'cuc1', address, identity })
  host = disposables.use(await startUnityConnection(environment, configuration, new AbortController().signal))
  const { network } = testHost({ name: 'client', address: '127.77.3.10', trust: [identity.cert] })
  client = disposables.use(
    network.httpClient(() =>
      network.dialTls({
        to: { address, port: 443 },
        protocol: 'HTTP',
        tls: { serverName: 'cuc1.example.com' },
      }),
    ),
  )
})

function ask(target: string, user = 'alice', more: Partial<HttpSendOptions> = {}): Promise<HttpAnswer> {
  const basic = Buffer.from(`${user}:${user}-password`).toString('base64')
  const headers = { Host: 'cuc1.example.com', Authorization: `Basic ${basic}` }
  return client.send({ method: 'GET', target, headers, ...more })
}

async function listed(query: string): Promise<{ total: string | undefined; ids: string[] }> {
  const root = parseDocument((await ask(`/vmrest/mailbox/folders/inbox/messages${query}`)).body.toString())
  const ids = root?.getChildren('Message').map((message) => message.getChildText('MsgId') ?? '') ?? []
  return { total: root?.attrs['total'], ids }
}

test('the inbox is listed newest first, by read state and in pages', async () => {
  expect(await listed('')).toEqual({ total: '3', ids: ['0:third', '0:second', '0:first'] })
  expect(await listed('?read=false&type=voice&pageNumber=1&rowsPerPage=25')).toMatchObject({ total: '2' })
  expect(await listed('?pageNumber=2&rowsPerPage=2')).toEqual({ total: '3', ids: ['0:first'] })
  expect((await ask('/vmrest/mailbox/folders/inbox/messages?pageNumber=0')).status).toBe(400)
})

test('a recording is a tone of the length the message tells', async () => {
  const root = parseDocument((await ask('/vmrest/messages/0:first')).body.toString())
  expect(descendant(root, 'CallerName')?.getText()).toBe('Bob & Co')
  expect(root?.getChildText('Duration')).toBe('500')
  const { body, headers } = await ask(descendant(root, 'Attachment')!.getChildText('URI')!)
  expect(headers['content-type']).toBe('audio/wav')
  expect(body.toString('latin1', 0, 4) + body.toString('latin1', 8, 12)).toBe('RIFFWAVE')
  expect(body.readUInt32LE(40)).toBe(8_000)
  let crossings = 0
  for (let at = 46; at < body.length; at += 2) {
    if (body.readInt16LE(at) >= 0 && body.readInt16LE(at - 2) < 0) crossings++
  }
  expect(crossings).toBeCloseTo(220, -1)
})

test('a message is marked as read, left by a caller, and deleted', async () => {
  const body = '<Message><Read>true</Read></Message>'
  expect((await ask('/vmrest/messages/0:first', 'alice', { method: 'PUT', body })).status).toBe(204)
  expect((await ask('/vmrest/messages/0:first', 'alice', { method: 'PUT', body: '<x/>' })).status).toBe(400)
  expect((await listed('?read=false')).ids).toEqual(['0:third'])
  const leave = host.management['leave']! as (parameters: unknown) => Promise<{ id: string }>
  const { id } = await leave({ alias: 'alice', message: { from: { name: 'Bob', number: '1002' } } })
  expect((await listed('?read=false')).ids).toContain(id)
  expect((await ask(`/vmrest/messages/${id}`, 'alice', { method: 'DELETE' })).status).toBe(204)
  expect((await ask(`/vmrest/messages/${id}`)).status).toBe(404)
})

test('wrong credentials, another user and unknown paths are refused and recorded', async () => {
  expect((await ask('/vmrest/version', 'mallory')).status).toBe(401)
  expect((await ask('/vmrest/messages/0:third', 'bob')).status).toBe(404)
  expect((await ask('/admin')).status).toBe(404)
  expect((await ask('/vmrest/messages/%zz')).status).toBe(404)
  const accesses = (await host.management['accesses']!({} as never)) as Array<{ target: string; status: number }>
  expect(accesses).toContainEqual(
    expect.objectContaining({ from: '127.77.3.10', alias: 'mallory', target: '/vmrest/version', status: 401 }),
  )
})
