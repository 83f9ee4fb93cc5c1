import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { createRequest, createResponse } from '../protocol/sip/message.ts'
import { ExchangeRefused } from '../traversal/zone-client.ts'
import type { ProvisioningDocument } from './provisioned-expressway.ts'
import { ProvisionedExpressways } from './provisioned-expressways.ts'

const [one, other] = ['vcse1.example.com', 'vcse2.example.com']

const answerOf = (fqdn: string) => ({
  ssh: { hostKeySha256: `key of ${fqdn}` },
  expressway: { fqdn, domain: 'example.com', zoneId: 3 },
})

function refusal(): ExchangeRefused {
  const request = createRequest({ method: 'SERVICE', requestUri: 'sip:provisioning@vcse1.example.com', headers: [] })
  const headers = [['Warning', '399 vcse1 "services are off"']] as const
  return new ExchangeRefused(createResponse(request, 403, 'Forbidden', { headers }))
}

let world: { peers: string[]; refused: string[]; cluster: ProvisioningDocument['peers']; said: [string, unknown][] }
let expressways: ProvisionedExpressways

beforeEach(() => {
  world = { peers: [one, other], refused: [], cluster: [], said: [] }
  expressways = new ProvisionedExpressways({
    peers: () => world.peers,
    exchange: async (peer, document) => {
      world.said.push([peer, document.peers])
      if (world.refused.includes(peer)) throw refusal()
      return answerOf(peer)
    },
    document: () => ({
      ssh: { user: 'vcsc', publicKey: 'key' },
      domains: [],
      control: { fqdn: 'vcsc1.example.com', address: '127.9.3.16' },
      peers: world.cluster,
    }),
    clock: new ManualClock(),
    log: testHost({ address: '127.9.3.16' }).environment.log,
    onProvisioned: () => undefined,
  })
})
afterEach(() => expressways.stop())

describe('the Expressways of a zone', () => {
  it('describe themselves each on its own, and are named in configured order', async () => {
    await expressways.refresh(other)
    expect(expressways.answers).toEqual([answerOf(other)])
    expect(expressways.answerOf(one)).toBeUndefined()
    await expressways.refresh(one)
    expect(expressways.answers).toEqual([answerOf(one), answerOf(other)])
  })

  it('refuse each on its own', async () => {
    world.refused = [one]
    await expressways.refresh(one)
    await expressways.refresh(other)
    expect(expressways.answers).toEqual([answerOf(other)])
    expect(expressways.refusals).toEqual([{ peer: one, reason: 'services are off' }])
  })

  it('hear of the other Controls of the cluster when these change, those only that have been asked already', async () => {
    await expressways.refresh(one)
    expressways.refreshIfChanged()
    expect(world.said).toEqual([[one, []]])
    world.cluster = [{ fqdn: 'vcsc2.example.com', address: '127.9.3.17' }]
    expressways.refreshIfChanged()
    expect(world.said).toEqual([
      [one, []],
      [one, world.cluster],
    ])
  })

  it('are forgotten when they are no peers any more, and not asked', async () => {
    await expressways.refresh(one)
    await expressways.refresh(other)
    world.peers = [other]
    expressways.update()
    await expressways.refresh(one)
    expect(world.said).toHaveLength(2)
    expect(expressways.answers).toEqual([answerOf(other)])
    world.peers = [one, other]
    expect(expressways.answerOf(one)).toBeUndefined()
  })
})
