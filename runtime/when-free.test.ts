import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { realMonotonicClock } from './clock.ts'
import { testHost } from './test-host.fixture.ts'
import { whenFree } from './when-free.ts'

const address = '127.77.9.31'

async function hold(port: number) {
  const server = createServer().listen(port, address)
  await once(server, 'listening')
  return server
}

test('a port that becomes free in time is taken, by TCP listeners too', async () => {
  const { environment } = testHost({ address })
  const server = await hold(5_060)
  const listening = environment.network.listenTcp({ port: 5_060, protocol: 'SIP', onConnection: () => undefined })
  setImmediate(() => server.close())
  await (await listening).stop()
})

test('one that stays taken is refused in the end, anything else at once', async () => {
  const server = await hold(5_061)
  let tries = 0
  const taken = () => {
    tries++
    return Promise.reject(Object.assign(new Error('taken'), { code: 'EADDRINUSE' }))
  }
  await expect(whenFree(realMonotonicClock, taken)).rejects.toThrow('taken')
  expect(tries).toBeGreaterThan(5)
  tries = 0
  const forbidden = () => {
    tries++
    return Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))
  }
  await expect(whenFree(realMonotonicClock, forbidden)).rejects.toThrow('no')
  expect(tries).toBe(1)
  server.close()
})
