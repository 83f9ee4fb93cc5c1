import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { connectManagement } from '#runtime/management.ts'
import { endpointProcess } from './warm-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'endpoint-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const specification = (name: string) => ({
  name,
  fqdn: `${name}.example.com`,
  addresses: ['127.249.3.60'],
  dns: { servers: ['127.249.3.53:53'], domain: 'example.com' },
  trust: [],
  data: join(folder, name),
  traceLevel: 'messages',
  seed: 1,
})

test.each(['phone', 'tc', 'jabber'])('%s: a process serves its socket until its input ends', async (kind) => {
  const main = new URL(`../../${kind}/main.ts`, import.meta.url).pathname
  const child = spawn(process.execPath, ['--no-warnings', main, join(folder, `${kind}.sock`)], { stdio: 'pipe' })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { socket } = JSON.parse(String(line)) as { socket: string }
  const client = await connectManagement(socket)
  const user = { id: 'carol', password: 'x', domain: 'example.com', device: 'SEP000000001003' }
  await client.call('open', { specification: specification('carol'), user })
  expect(await client.call('users')).toEqual(['carol'])
  expect(await client.call('state', { user: 'carol' })).toMatchObject({ state: 'signed-out' })
  await expect(client.call('state', { user: 'nobody' })).rejects.toThrow('no user nobody')
  child.stdin.end()
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
})

test('a user is told what is wrong with its configuration, and takes the sabotage with it', async () => {
  const seen: unknown[] = []
  const { management } = endpointProcess(
    'test',
    async ({ name }, configuration) => {
      seen.push(configuration)
      const stop = async () => {}
      return { name, stop, [Symbol.asyncDispose]: stop, management: { async ping() {} } }
    },
    new AbortController().signal,
  )
  const open = (parameters: unknown) => management['open']!(parameters as never)
  await open({ specification: specification('bob'), user: { id: 'bob' }, sabotage: { srtpKeyBit: true } })
  expect(seen).toEqual([{ id: 'bob', sabotage: { srtpKeyBit: true } }])
  await expect(open({ specification: specification('bob'), user: {} })).rejects.toThrow('user.id')
})
