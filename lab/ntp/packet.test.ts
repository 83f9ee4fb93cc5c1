import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { inlineManagement } from '#runtime/management.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { readQuestion } from './packet.ts'
import { startNtp } from './start.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of running.splice(0)) await one[Symbol.asyncDispose]()
})

const address = '127.9.7.64'

async function server() {
  const host = testHost({ address })
  const ntp = await startNtp(host.environment, { keys: [{ id: 1, type: 'SHA1', key: 'secret' }] })
  running.push(ntp)
  return { host, management: inlineManagement('ntp', ntp.management) }
}

/** A client that shares nothing with ours: Python's struct and hashlib. Prints the fields of the answer as JSON. */
const outsider = `
import hashlib, json, socket, struct, sys, time
key = sys.argv[2].encode()
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2); s.bind(('127.9.7.65', 0))
now = time.time() + 2208988800
sent = struct.pack('!BBbbIIIQQQII', 0x23, 0, 6, -10, 0, 0, 0, 0, 0, 0, int(now), 0xabcdef01)
s.sendto(sent + (struct.pack('!I', 1) + hashlib.sha1(key + sent).digest() if key else b''), (sys.argv[1], 123))
try: data = s.recv(200)
except socket.timeout: print('{}'); sys.exit()
f = struct.unpack('!BBbbIIIQIIQQ', data[:48])
print(json.dumps(dict(leap=f[0] >> 6, version=f[0] >> 3 & 7, mode=f[0] & 7, stratum=f[1], origin=f[8] == int(now) and f[9] == 0xabcdef01,
  offset=f[11] / 2**32 - now, length=len(data), mac=data[48:52].hex(), good=data[52:] == hashlib.sha1(key + data[:48]).digest())))
`

async function ask(key = '') {
  const { stdout } = await promisify(execFile)('python3', ['-c', outsider, address, key])
  return JSON.parse(stdout) as Record<string, number | boolean | string>
}

describe('the NTP server, asked by an outsider', () => {
  it('tells the time', async () => {
    await server()
    const { offset, ...facts } = await ask()
    expect(facts).toMatchObject({ leap: 0, version: 4, mode: 4, stratum: 2, origin: true, length: 48 })
    expect(Math.abs(Number(offset))).toBeLessThan(0.5)
  })

  it('proves itself to who proved itself, and refuses a wrong key', async () => {
    const { management } = await server()
    expect(await ask('secret')).toMatchObject({ length: 72, mac: '00000001', good: true, stratum: 2 })
    expect(await ask('guess')).toMatchObject({ length: 52, mac: '00000000', stratum: 0, leap: 3 })
    expect(await management.call('history')).toMatchObject([
      { from: '127.9.7.65', version: 4, keyId: 1, answer: 'authenticated time' },
      { from: '127.9.7.65', version: 4, keyId: 1, answer: 'crypto-NAK' },
    ])
  })

  it('can be broken while it runs', async () => {
    const { management } = await server()
    await management.call('set', { wrongBySeconds: -90 })
    expect(Number((await ask())['offset'])).toBeCloseTo(-90, 0)
    await management.call('set', { isUnsynchronised: true, wrongBySeconds: 0 })
    expect(await ask()).toMatchObject({ leap: 3, stratum: 16 })
    await management.call('set', { isRateLimited: true })
    expect(await ask()).toMatchObject({ leap: 3, stratum: 0 })
    await management.call('set', { isSilent: true })
    expect(await ask()).toEqual({})
    await expect(management.call('set', { isSlow: true })).rejects.toThrow('isSlow')
  })

  it('answers clients only', () => {
    const question = Buffer.alloc(48)
    const modes = [0, 1, 2, 3, 4, 5, 6, 7].filter((mode) => {
      question[0] = 0x20 | mode
      return readQuestion(question) !== undefined
    })
    expect(modes).toEqual([3])
    question[0] = 0x23
    expect([0, 47, 48, 49, 52, 68, 72, 100].filter((size) => readQuestion(sized(question, size)))).toEqual([48, 68, 72])
  })
})

function sized(bytes: Buffer, size: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(100)]).subarray(0, size)
}
