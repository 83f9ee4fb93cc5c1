import { expect, onTestFinished, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { askValidatedServices } from './validated-services.ts'

const server = '127.77.1.55'
const name = '_collab-edge._tls.example.com'

/** Answers every question with one SRV record 10 20 8443 vcse1.example.com, or as `spoil` has it. */
async function dnsServer(flags: number, spoil: (answer: Buffer) => Buffer = (answer) => answer) {
  const host = testHost({ address: server })
  const questions: Buffer[] = []
  const udp = await host.network.udp({
    port: 53,
    protocol: 'DNS',
    onMessage(question, from) {
      questions.push(question)
      const head = Buffer.from(question)
      head.writeUInt16BE(flags, 2)
      head.writeUInt16BE(1, 6)
      const record = Buffer.from(
        'c00c002100010000003c0019000a001420fb05766373653107657861 6d706c6503636f6d00'.replace(' ', ''),
        'hex',
      )
      udp.send(spoil(Buffer.concat([head, record])), from.port, from.address)
    },
  })
  onTestFinished(() => udp.close())
  return questions
}

function client(servers = [`${server}:53`]) {
  const { network } = testHost({ address: '127.77.1.71' })
  return { ...network, resolver: { ...network.resolver, servers } }
}

const target = { name: 'vcse1.example.com', port: 8443, priority: 10, weight: 20 }

test('asks with the AD bit and believes it in the answer', async () => {
  const questions = await dnsServer(0x85a0)
  expect(await askValidatedServices(client(), name)).toEqual({ targets: [target], isValidated: true })
  expect(questions[0]![3]! & 0x20).toBe(0x20)
})

test('an answer without the bit is not validated', async () => {
  await dnsServer(0x8580)
  expect(await askValidatedServices(client(), name)).toEqual({ targets: [target], isValidated: false })
})

test('an answer to another question is nobody’s', async () => {
  await dnsServer(0x85a0, (answer) => {
    answer[0]! ^= 1
    return answer
  })
  expect(await askValidatedServices(client(), name)).toEqual({ targets: [] })
})

test('without a server there is no service', async () => {
  expect(await askValidatedServices(client([]), name)).toEqual({ targets: [] })
})
