import { expect, test } from 'vitest'
import type { RegistrationPlace } from './register-where-served.ts'
import { registerWhereServed } from './register-where-served.ts'

const servers = ['e1', 'e2'].map((host) => ({ host, port: 5061 }))
const nodes = ['cucm1', 'cucm2']

/** `answers`: status by "server node"; no entry: the server cannot be reached. */
function scene(answers: Readonly<Record<string, number>>) {
  const tried: string[] = []
  const failed: string[] = []
  const attempt = async ({ server, node }: RegistrationPlace) => {
    const key = `${server.host} ${node}`
    tried.push(key)
    const status = answers[key]
    if (status === undefined) throw new Error(`${server.host} is dead`)
    return { status, reason: '' }
  }
  const places = servers.flatMap((server) => nodes.map((node) => ({ server, node })))
  const run = () => registerWhereServed(places, attempt, ({ host }) => failed.push(host))
  return { tried, failed, run }
}

test('a node that does not answer is left for the next one over the same server', async () => {
  const { tried, failed, run } = scene({ 'e1 cucm1': 503, 'e1 cucm2': 200 })
  expect(await run()).toMatchObject({ outcome: { status: 200 }, place: { server: servers[0], node: 'cucm2' } })
  expect(tried).toEqual(['e1 cucm1', 'e1 cucm2'])
  expect(failed).toEqual([])
})

test('a server that is dead, or reaches no node, is left for the next one', async () => {
  for (const dead of [{}, { 'e1 cucm1': 408, 'e1 cucm2': 503 }]) {
    const { failed, run } = scene({ ...dead, 'e2 cucm1': 200 })
    expect((await run()).place).toEqual({ server: servers[1], node: 'cucm1' })
    expect(failed).toEqual(['e1'])
  }
})

test('a refusal is final', async () => {
  const { tried, run } = scene({ 'e1 cucm1': 403 })
  expect((await run()).outcome.status).toBe(403)
  expect(tried).toHaveLength(1)
})

test('where nobody answers, the first one says why', async () => {
  await expect(scene({}).run()).rejects.toThrow('e1 is dead')
  expect((await scene({ 'e1 cucm1': 504, 'e1 cucm2': 503 }).run()).outcome.status).toBe(504)
  await expect(registerWhereServed([], async () => ({ status: 200, reason: '' }))).rejects.toThrow(
    'no SIP server is known',
  )
})
