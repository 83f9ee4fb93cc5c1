import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { ClientCertificate } from './client-certificate.ts'

const address = '127.79.3.20'
const server = selfSigned('cucm1.example.com')
const names = { 'cucm1.example.com': address }
const capf = { host: 'cucm1.example.com', port: 3804 }

function certificateIn(): ClientCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'tc-certificate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return new ClientCertificate(folder)
}

async function capfAnswers(text: string) {
  const { network } = testHost({ address })
  const questions: string[] = []
  const listener = await network.listenTls({
    port: 3804,
    protocol: 'CAPF',
    tls: { identity: server },
    onConnection: ({ stream }) =>
      stream.on('data', (chunk: Buffer) => {
        questions.push(chunk.toString())
        if (chunk.at(-1) === 0x0a) stream.end(text)
      }),
  })
  onTestFinished(() => listener.stop())
  return questions
}

const device = 'SEP000000001004'
const network = (trust = [server.cert]) => testHost({ address: '127.79.3.80', names, trust }).network

test('the certificate and its key stay in the folder of the endpoint', async () => {
  const questions = await capfAnswers('{"certificate":"-----the certificate-----"}\n')
  const certificate = certificateIn()
  expect(certificate.identity).toBeUndefined()
  expect(await certificate.enrol(network(), capf, device)).toEqual({ state: 'installed' })
  expect(certificate.identity).toMatchObject({ cert: '-----the certificate-----' })
  expect(certificate.identity!.key).toContain('PRIVATE KEY')
  expect(questions.join('')).toContain('CERTIFICATE REQUEST')
  expect(questions.join('')).not.toContain('PRIVATE')
})

test.each([
  ['{"refused":"no operation is pending"}', 'CAPF: no operation is pending'],
  ['{}', 'CAPF: no certificate came'],
  ['', 'Unexpected end of JSON input'],
])('%s brings none', async (answer, why) => {
  await capfAnswers(answer)
  const certificate = certificateIn()
  expect(await certificate.enrol(network(), capf, device)).toEqual({ state: 'failed', why })
  expect(certificate.identity).toBeUndefined()
})

test('outside, CAPF has no address', async () => {
  const outside = testHost({ address: '127.79.1.80' }).network
  const report = await certificateIn().enrol(outside, capf, device)
  expect(report).toEqual({ state: 'failed', why: 'cucm1.example.com has no address' })
})

test('a CAPF nobody vouches for is asked for nothing', async () => {
  const questions = await capfAnswers('{"certificate":"x"}')
  expect((await certificateIn().enrol(network([]), capf, device)).state).toBe('failed')
  expect(questions).toEqual([])
})
