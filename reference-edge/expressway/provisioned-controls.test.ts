import { beforeEach, expect, it } from 'vitest'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { ProvisionedControls } from './provisioned-controls.ts'

const [one, other] = ['127.77.3.10', '127.77.3.11'] as const
const peers = {
  [one]: { fqdn: 'vcsc1.example.com', address: one },
  [other]: { fqdn: 'vcsc2.example.com', address: other },
}
const example = { name: 'example.com', sip: true, imAndPresence: false }

const documentOf = (control: keyof typeof peers, changes: Record<string, unknown> = {}) => ({
  ssh: { user: 'vcsc', publicKey: `key of ${control}` },
  domains: [example],
  control: peers[control],
  ...changes,
})

let clock: ManualClock
let controls: ProvisionedControls

beforeEach(() => {
  clock = new ManualClock()
  const answer = {
    ssh: { hostKeySha256: 'h' },
    expressway: { fqdn: 'vcse1.example.com', domain: 'example.com', zoneId: 3 },
  }
  controls = new ProvisionedControls({ clock, answer: () => answer })
})

const keys = () => controls.tunnelKeys.map(({ publicKey }) => publicKey)

it('has one document of each address; a newer one takes the place of an older', () => {
  controls.take(documentOf(one), one)
  controls.take(documentOf(other), other)
  controls.take(documentOf(other, { ssh: { user: 'vcsc', publicKey: 'new key' } }), other)
  expect(keys()).toEqual([`key of ${one}`, 'new key'])
  expect(controls.list().map(({ fqdn, state }) => [fqdn, state])).toEqual([
    ['vcsc1.example.com', 'Active'],
    ['vcsc2.example.com', 'Active'],
  ])
})

it('knows the names of cluster peers it has not met, but not where they are', () => {
  controls.take(documentOf(one, { peers: [peers[other]] }), one)
  expect(controls.names).toEqual([one, 'vcsc1.example.com', other, 'vcsc2.example.com'])
  expect(controls.sourceOf('VCSC1.example.com')).toBe(one)
  expect(controls.sourceOf(other)).toBeUndefined()
})

it('finds a Control behind a translation where it comes from', () => {
  controls.take(documentOf(one), '127.77.2.99')
  expect(controls.sourceOf(one)).toBe('127.77.2.99')
})

it('remembers the name of a lost Control, but its tunnel key for a minute only', async () => {
  controls.take(documentOf(one), one)
  controls.take(documentOf(other), other)
  controls.lost(one)
  await clock.advance(59_000)
  expect(keys()).toHaveLength(2)
  await clock.advance(2_000)
  expect(keys()).toEqual([`key of ${other}`])
  expect(controls.names).toContain(one)
  expect(controls.list()[1]).toMatchObject({ fqdn: 'vcsc1.example.com', state: 'Lost' })
  controls.returned(one)
  expect(keys()).toHaveLength(2)
})

it('serves the domains of the Controls that are there, without any those of the last', () => {
  controls.take(documentOf(one, { domains: [{ name: 'old.example', sip: true, imAndPresence: true }] }), one)
  controls.take(documentOf(other, { domains: [{ ...example, imAndPresence: true }] }), other)
  expect(controls.domains()).toEqual(['old.example', 'example.com'])
  controls.lost(one)
  expect(controls.domains('imAndPresence')).toEqual(['example.com'])
  controls.lost(other)
  expect(controls.domains()).toEqual(['old.example', 'example.com'])
})

it('forgets all where the zone changes', () => {
  controls.take(documentOf(one), one)
  controls.forget()
  expect([controls.hasDocument, controls.names, keys(), controls.domains()]).toEqual([false, [], [], []])
})

it('keeps a bounded number, whoever is gone first', () => {
  controls.take(documentOf(one), one)
  for (let index = 0; index < 20; index++) {
    controls.take(documentOf(other), `127.77.4.${index}`)
    controls.lost(`127.77.4.${index}`)
  }
  expect(controls.list()).toHaveLength(12)
  expect(controls.list()[0]).toMatchObject({ source: one, state: 'Active' })
})

it.each([
  ['no names', { control: {} }],
  ['more peers than a cluster has', { peers: Array.from({ length: 6 }, () => peers[other]) }],
])('refuses a document with %s', (_, changes) => {
  expect(() => controls.take(documentOf(one, changes), one)).toThrow('provisioning document')
  expect(controls.hasDocument).toBe(false)
})
