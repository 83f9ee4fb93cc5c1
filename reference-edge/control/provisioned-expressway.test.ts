import { describe, expect, it } from 'vitest'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { createRequest, createResponse } from '../protocol/sip/message.ts'
import { ExchangeRefused } from '../traversal/zone-client.ts'
import { ProvisionedExpressway } from './provisioned-expressway.ts'
import { PeerUnreachable } from './sip-peer.ts'

const answer = {
  ssh: { hostKeySha256: 'abc' },
  expressway: { fqdn: 'vcse1.example.com', domain: 'example.com', zoneId: 3 },
}

function refusal(headers: [string, string][] = []): ExchangeRefused {
  const request = createRequest({ method: 'SERVICE', requestUri: 'sip:provisioning@vcse1.example.com', headers: [] })
  return new ExchangeRefused(createResponse(request, 403, 'Forbidden', { headers }))
}

function expressway() {
  const clock = new ManualClock()
  const state: { exchange: () => Promise<unknown>; told: number } = { exchange: async () => answer, told: 0 }
  const provisioned = new ProvisionedExpressway({
    exchange: () => state.exchange(),
    document: () => ({
      ssh: { user: 'vcsc', publicKey: 'key' },
      domains: [],
      control: { fqdn: 'c', address: 'a' },
      peers: [],
    }),
    clock,
    log: testHost({ address: '127.9.3.15' }).environment.log,
    onProvisioned: () => state.told++,
  })
  return { provisioned, state }
}

describe('the Expressway as the exchange told', () => {
  it('stays as it was while the zone is down', async () => {
    const { provisioned, state } = expressway()
    await provisioned.refresh()
    state.exchange = () => Promise.reject(new PeerUnreachable('traversal zone is Failed'))
    await provisioned.refresh()
    expect(provisioned.answer).toEqual(answer)
    expect(provisioned.refusal).toBeUndefined()
    provisioned.stop()
  })

  it.each([
    ['refuses the exchange and says why', refusal([['Warning', '399 vcse1 "services are off"']]), 'services are off'],
    ['refuses the exchange', refusal(), 'the VCS Expressway answered 403 Forbidden'],
  ])('is forgotten where it %s, until it answers again', async (_, error, says) => {
    const { provisioned, state } = expressway()
    await provisioned.refresh()
    state.exchange = () => Promise.reject(error)
    await provisioned.refresh()
    expect(provisioned.answer).toBeUndefined()
    expect(provisioned.refusal).toBe(says)
    expect(state.told).toBe(2)
    state.exchange = async () => answer
    await provisioned.refresh()
    expect(provisioned.answer).toEqual(answer)
    expect(provisioned.refusal).toBeUndefined()
  })

  it('is refused where its answer says nothing of use', async () => {
    const { provisioned, state } = expressway()
    state.exchange = async () => ({ ...answer, ssh: { hostKeySha256: '' } })
    await provisioned.refresh()
    expect(provisioned.answer).toBeUndefined()
    expect(provisioned.refusal).toBeDefined()
    provisioned.stop()
  })
})
