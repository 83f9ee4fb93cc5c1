import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { LeftBehind } from './left-behind.ts'

const data = mkdtempSync(join(tmpdir(), 'mra-left-behind-'))
afterAll(() => rmSync(data, { recursive: true, force: true }))

const ended = { lab: 249, data, pids: [process.pid] }
const running: LeftBehind[] = []
afterEach(() => Promise.all(running.splice(0).map((one) => one[Symbol.asyncDispose]())))

function watch(limitMs = 200): LeftBehind {
  const one = new LeftBehind({ limitMs })
  running.push(one)
  return one
}

test('nothing is left of a lab that never was', async () => {
  await watch().nothingOf(ended)
})

test('a UDP socket and a TCP connection with an address of the lab are left', async () => {
  const socket = createSocket('udp4')
  socket.bind(5_060, '127.249.3.10')
  await once(socket, 'listening')
  await expect(watch().nothingOf(ended)).rejects.toThrow(/udp .*127\.249\.3\.10:5060/)
  socket.close()
  await once(socket, 'close')
  const server = createServer().listen(5_061, '127.249.2.10')
  await once(server, 'listening')
  const client = connect(5_061, '127.249.2.10')
  await once(client, 'connect')
  await expect(watch().nothingOf(ended)).rejects.toThrow(/tcp .*127\.249\.2\.10:5061/)
  client.destroy()
  server.close()
  await once(server, 'close')
  await watch(5_000).nothingOf(ended)
})

test('a file of the lab that is still open is left, and a descriptor more than before', async () => {
  const leftBehind = watch()
  await leftBehind.nothingOf(ended)
  const inside = openSync(join(data, 'trace.jsonl'), 'w')
  await expect(leftBehind.nothingOf(ended)).rejects.toThrow(/file \d+ .*trace\.jsonl/)
  closeSync(inside)
  const elsewhere = openSync('/dev/null', 'r')
  await expect(leftBehind.nothingOf(ended)).rejects.toThrow(/descriptors \d+ \d+/)
  closeSync(elsewhere)
  await leftBehind.nothingOf(ended)
})
