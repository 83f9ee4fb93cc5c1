import { afterEach, beforeEach, expect, test } from 'vitest'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { smallCluster } from '../cluster.fixture.ts'
import { Cluster } from '../cluster.ts'
import { readUnifiedCmConfiguration } from '../configuration.ts'
import type { Capf } from './capf.ts'
import { startCapf } from './capf.ts'

const address = '127.78.3.38'
const identity = selfSigned('cucm1.example.com')
const { network } = testHost({ address: '127.78.3.80', trust: [identity.cert] })
let capf: Capf
let cluster: Cluster

beforeEach(async () => {
  cluster = new Cluster(readUnifiedCmConfiguration(smallCluster))
  capf = await startCapf(testHost({ name: 'cucm1', address, identity }).environment, cluster)
})
afterEach(() => capf.stop())

/** What comes back for some bytes; empty where the connection is just closed. */
async function say(text: string): Promise<string> {
  const tls = { serverName: 'cucm1.example.com' }
  const { stream } = await network.dialTls({ to: { address, port: 3804 }, protocol: 'CAPF', tls })
  stream.on('error', () => {})
  stream.write(text)
  let answer = ''
  stream.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  await new Promise((resolve) => stream.once('close', resolve))
  return answer
}

test.each([
  ['an unknown device', { device: 'SEP999', request: '' }, 'there is no such device'],
  ['a device nothing was ordered for', { device: 'CSFALICE', request: '' }, 'no operation is pending'],
  ['something else', [1, 2], 'there is no such device'],
])('%s is refused', async (_, question, why) => {
  expect(JSON.parse(await say(`${JSON.stringify(question)}\n`))).toEqual({ refused: why })
  expect(capf.history.map(({ answer, source }) => [answer, source])).toEqual([[why, '127.78.3.80']])
})

test('an order stays pending where the request is no good', async () => {
  await cluster.set('devices.0.certificateOperation', 'Install/Upgrade')
  const answer = JSON.parse(await say(`${JSON.stringify({ device: 'CSFALICE', request: 'x' })}\n`)) as object
  expect(Object.keys(answer)).toEqual(['refused'])
  expect(cluster.device('CSFALICE')!.certificateOperation).toBe('Install/Upgrade')
})

test('a line without end is cut off', async () => {
  expect(await say('x'.repeat(20_000))).toBe('')
  expect(capf.history).toEqual([])
})

test('what is no JSON is refused', async () => {
  expect(JSON.parse(await say('GET / HTTP/1.1\r\n'))).toEqual({ refused: 'there is no such device' })
})
