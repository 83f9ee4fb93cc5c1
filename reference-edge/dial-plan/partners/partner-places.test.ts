import { describe, expect, it } from 'vitest'
import { NameNotResolved } from '#runtime/resolve.ts'
import { parseUri } from '../../protocol/sip/uri.ts'
import { partnerPlaces } from './partner-places.ts'

const services: Record<string, Array<[name: string, port: number]>> = {
  '_sips._tcp.both.test': [
    ['one.both.test', 5061],
    ['gone.both.test', 5061],
    ['two.both.test', 5071],
  ],
  '_sip._tcp.both.test': [['one.both.test', 5060]],
  '_sip._tcp.clear.test': [['one.clear.test', 5060]],
  '_sips._tcp.none.test': [['.', 0]],
  '_sips._tcp.many.test': Array.from({ length: 50 }, () => ['one.both.test', 5061]),
}
const addresses: Record<string, string[]> = {
  'one.both.test': ['192.0.2.1', '192.0.2.2'],
  'two.both.test': ['192.0.2.3'],
  'one.clear.test': ['192.0.2.4'],
  'plain.test': ['192.0.2.5'],
  '192.0.2.9': ['192.0.2.9'],
}
const resolver = {
  async services(name: string) {
    if (name.includes('broken')) throw new NameNotResolved(name)
    return (services[name] ?? []).map(([target, port]) => ({ name: target, port, priority: 1, weight: 1 }))
  },
  async addresses(name: string) {
    const found = addresses[name]
    if (found === undefined) throw new NameNotResolved(name)
    return found
  },
}

const textsOf = async (uri: string) =>
  (await partnerPlaces(parseUri(uri)!, resolver)).map(
    ({ transport, address, port, name }) => `${transport} ${address}:${port} ${name}`,
  )

describe('the places of a domain', () => {
  it.each([
    [
      'sip:a@both.test',
      ['TLS 192.0.2.1:5061 one.both.test', 'TLS 192.0.2.2:5061 one.both.test', 'TLS 192.0.2.3:5071 two.both.test'],
    ],
    ['sip:a@both.test;transport=tcp', ['TCP 192.0.2.1:5060 one.both.test', 'TCP 192.0.2.2:5060 one.both.test']],
    ['sip:a@clear.test', ['TCP 192.0.2.4:5060 one.clear.test']],
    ['sips:a@clear.test', []],
    ['sip:a@plain.test', ['TLS 192.0.2.5:5061 plain.test']],
    ['sip:a@plain.test:5099', ['TLS 192.0.2.5:5099 plain.test']],
    ['sip:a@192.0.2.9', ['TLS 192.0.2.9:5061 192.0.2.9']],
    ['sip:a@none.test', []],
    ['sip:a@broken.test', []],
  ])('%s', async (uri, places) => {
    expect(await textsOf(uri)).toEqual(places)
  })

  it('are sixteen at most', async () => {
    expect(await textsOf('sip:a@many.test')).toHaveLength(16)
  })
})
