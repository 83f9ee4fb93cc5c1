import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { TurnServer } from './turn-server.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const address = '127.9.2.78'

/** A server on loopback with a switch, and a client that asks it. */
async function open(isOn = true) {
  const host = testHost({ name: 'vcse1', address })
  const state = { isOn }
  const log = host.environment.log
  const server = await TurnServer.start({ network: host.network, log, address, isOn: () => state.isOn })
  running.push(server)
  const client = testHost({ address: '127.9.1.78' })
  const answers: Buffer[] = []
  const port = await client.network.udp({ port: 0, protocol: 'STUN', onMessage: (datagram) => answers.push(datagram) })
  running.push({ [Symbol.asyncDispose]: () => port.close() })
  const ask = async (datagram: Buffer) => {
    const before = answers.length
    port.send(datagram, 3478, address)
    return waitFor('an answer', () => answers[before])
  }
  return { server, state, ask, send: (datagram: Buffer) => port.send(datagram, 3478, address), answers, port }
}

const transaction = '0102030405060708090a0b0c'
const request = (type: string, attributes = '') =>
  Buffer.from(
    `${type}${(attributes.length / 2).toString(16).padStart(4, '0')}2112a442${transaction}${attributes}`,
    'hex',
  )

/** Values by type in hexadecimal, read by the rules of the RFC and not by the server's code. */
function attributesOf(message: Buffer): Record<string, Buffer> {
  const found: Record<string, Buffer> = {}
  for (let at = 20; at < message.length;) {
    const length = message.readUInt16BE(at + 2)
    found[message.toString('hex', at, at + 2)] = message.subarray(at + 4, at + 4 + length)
    at += 4 + Math.ceil(length / 4) * 4
  }
  return found
}

describe('TURN services', () => {
  it('answer Binding with the address the client is seen at', async () => {
    const { ask, port } = await open()
    const answer = await ask(request('0001'))
    expect(answer.toString('hex', 0, 2)).toBe('0101')
    expect(answer.readUInt16BE(2)).toBe(answer.length - 20)
    expect(answer.toString('hex', 8, 20)).toBe(transaction)
    const mapped = attributesOf(answer)['0020']!
    expect(mapped.readUInt16BE(0)).toBe(1)
    expect(mapped.readUInt16BE(2) ^ 0x2112).toBe(port.local.port)
    expect([...mapped.subarray(4)].map((byte, index) => byte ^ [0x21, 0x12, 0xa4, 0x42][index]!)).toEqual([
      127, 9, 1, 78,
    ])
  })

  it.each(['0003', '0004', '0008', '0009'])('ask for credentials where a relay is wanted (method %s)', async (type) => {
    const { ask } = await open()
    const answer = await ask(request(type, '0019000411000000'))
    expect(answer.readUInt16BE(0)).toBe(Number.parseInt(type, 16) | 0x110)
    const attributes = attributesOf(answer)
    expect(attributes['0009']!.toString('hex', 0, 4)).toBe('00000401')
    expect(attributes['0014']!.toString()).toBe('TANDBERG')
    expect(attributes['0015']!.length).toBeGreaterThan(0)
  })

  it('refuse Binding with what they do not understand, and name it', async () => {
    const { ask } = await open()
    const answer = await ask(request('0001', '7fff0000'))
    expect(answer.toString('hex', 0, 2)).toBe('0111')
    expect(attributesOf(answer)['0009']!.toString('hex', 0, 4)).toBe('00000414')
    expect(attributesOf(answer)['000a']!.toString('hex')).toBe('7fff')
  })

  it('take the fingerprint of RFC 5769 §2.1 and no other, and say nothing to what is no request', async () => {
    const { ask, send, answers } = await open()
    const software = '802200105354554e207465737420636c69656e74'
    const rest = '002400046e0001ff80290008932ff9b151263b36' + '000600096576746a3a68367659202020'
    const integrity = '000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2'
    const sample = Buffer.from(
      `000100582112a442b7e7a701bc34d686fa87dfae${software}${rest}${integrity}80280004e57a3bcf`,
      'hex',
    )
    const broken = Buffer.from(sample)
    broken[broken.length - 1]! ^= 1
    for (const nothing of [broken, Buffer.alloc(3), request('0011'), request('0101'), request('0002')]) send(nothing)
    const answer = await ask(sample)
    expect(answers).toHaveLength(1)
    expect(answer.toString('hex', 8, 20)).toBe('b7e7a701bc34d686fa87dfae')
  })

  it('are there only while they are on', async () => {
    const { server, state, ask, send, answers } = await open(false)
    expect(server.status().state).toBe('Inactive')
    send(request('0001'))
    state.isOn = true
    await server.update()
    expect(server.status().state).toBe('Active')
    await ask(request('0001'))
    expect(answers).toHaveLength(1)
    state.isOn = false
    await server.update()
    expect(server.status()).toEqual({ state: 'Inactive', port: 3478 })
  })
})
