import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { HostWallClock } from '#runtime/clock.ts'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import { systemRandom } from '#runtime/random.ts'
import { silentTraceSink, Trace } from '#runtime/trace.ts'
import { waitFor } from '#runtime/wait.ts'
import { SipConnection, type SipConnectionOptions } from './connection.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { createRequest, type SipMessage } from './message.ts'

/** The far end of a stream: keeps what is written, or takes nothing any more. */
class FarEnd extends Duplex {
  written = ''
  writes = 0
  isReading = true

  override _read(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.written += chunk.toString()
    this.writes++
    if (this.isReading) done()
  }

  override _writev(chunks: Array<{ chunk: Buffer }>, done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), '', done)
  }
}

function open(options: Partial<SipConnectionOptions> = {}) {
  const stream = new FarEnd()
  const monotonic = new ManualClock()
  const clocks = { monotonic, wall: new HostWallClock(monotonic, new Date()) }
  const trace = new Trace({ host: 'h', level: 'off', clocks, sink: silentTraceSink })
  const messages: SipMessage[] = []
  const ended: string[] = []
  const raw: Connection = {
    stream,
    id: 'tcp/a/b',
    local: { address: '127.0.0.2', port: 5061 },
    remote: { address: '127.0.0.3', port: 4000 },
    traceMessage: () => {},
    destroy: () => void stream.destroy(),
  }
  const connection = new SipConnection(raw, {
    network: { clocks, random: systemRandom(), trace } as Pick<HostNetwork, 'clocks' | 'random' | 'trace'>,
    onMessage: (message) => void messages.push(message),
    onClose: (_, why) => void ended.push(why),
    ...options,
  })
  return { stream, monotonic, messages, ended, connection }
}

const request = (callId: string, method = 'OPTIONS') =>
  createRequest({
    method,
    requestUri: 'sip:example.com',
    headers: [
      ['Via', 'SIP/2.0/TLS 127.0.0.3:4000;branch=z9hG4bK1'],
      ['From', '<sip:a@example.com>;tag=1'],
      ['To', '<sip:b@example.com>'],
      ['Call-ID', callId],
      ['CSeq', `1 ${method}`],
    ],
  }).toBuffer()

describe('SIP connection', () => {
  it('gives the messages of a stream however it is cut', async () => {
    const { stream, messages } = open()
    const bytes = Buffer.concat([request('one'), request('two')])
    for (const byte of bytes.subarray(0, 300)) stream.push(Buffer.from([byte]))
    stream.push(bytes.subarray(300))
    await waitFor('both', () => messages.length === 2)
    expect(messages.map(({ callId }) => callId)).toEqual(['one', 'two'])
  })

  it('answers a ping with a pong', async () => {
    const { stream } = open()
    stream.push('\r\n\r\n')
    await waitFor('the pong', () => stream.written === '\r\n')
  })

  it('answers what is ill-formed and goes on', async () => {
    const { stream, messages } = open()
    stream.push(request('bad').toString().replace('CSeq: 1 OPTIONS', 'CSeq: x OPTIONS'))
    stream.push(request('good'))
    await waitFor('the answer', () => stream.written.startsWith('SIP/2.0 400 '))
    await waitFor('the next message', () => messages.length === 1)
  })

  it('closes where the end of a message is not known', async () => {
    const { stream, ended } = open()
    stream.push(request('bad').toString().replace('Content-Length: 0', 'Content-Length: 0\r\nContent-Length: 5'))
    await waitFor('the end', () => ended.length === 1)
    expect(stream.written).toMatch(/^SIP\/2.0 400 /)
    expect(stream.destroyed).toBe(true)
  })

  it('does not let trickling bytes prolong a message', async () => {
    const { stream, monotonic, ended } = open()
    for (let second = 0; second < 30; second += 5) {
      stream.push('X')
      await waitFor('the byte', () => stream.readableLength === 0)
      monotonic.advance(5_000)
    }
    await waitFor('the end', () => ended.length === 1)
    expect(ended[0]).toContain('not complete')
  })

  it('cuts off a peer that does not read', async () => {
    const { stream, connection, ended } = open({ queuedBytes: 10_000 })
    stream.isReading = false
    let sent = 0
    while (connection.send(request('x')) && sent < 1_000) sent++
    await waitFor('the end', () => ended.length === 1)
    expect(sent).toBeLessThan(100)
    expect(connection.send(request('y'))).toBe(false)
  })

  it('joins what is written in one turn', async () => {
    const { stream, connection } = open()
    for (let count = 0; count < 10; count++) connection.send(request(`${count}`))
    await waitFor('ten messages', () => stream.written.split('OPTIONS sip:').length === 11)
    expect(stream.writes).toBe(1)
  })

  it('ends itself, not the host, where handling a message fails', async () => {
    const { stream, ended } = open({
      onMessage: () => {
        throw new Error('fault for the test')
      },
    })
    stream.push(request('x'))
    await waitFor('the end', () => ended.length === 1)
    expect(ended[0]).toContain('fault')
  })

  it('is closed when idle, where that is asked for', async () => {
    const { monotonic, ended } = open({ idleMs: 1_000 })
    monotonic.advance(1_000)
    await waitFor('the end', () => ended.length === 1)
    expect(ended).toEqual(['Idle countdown expired'])
  })

  it('ends with its peer', async () => {
    const { stream, ended, connection } = open()
    stream.push(null)
    await waitFor('the end', () => ended.length === 1)
    expect(connection.isOpen).toBe(false)
  })
})
