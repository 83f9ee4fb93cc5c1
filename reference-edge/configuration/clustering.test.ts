import { describe, expect, it } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { pagesOf } from './catalogue.ts'
import { ChangeStore } from './change-store.ts'
import { Configuration } from './configuration.ts'
import { Product } from './page.ts'
import { clustering } from './pages/clustering.ts'
import { ownAddressProblems } from './peer-list.ts'

const own = ['10.0.0.1', '10.0.0.9']
const good = {
  'Cluster name': 'vcsc.example.com',
  'Configuration master': 1,
  'Cluster pre-shared key': 'k3y',
  'Peer 1 IP address': '10.0.0.1',
  'Peer 2 IP address': '10.0.0.2',
}

function save(given: object) {
  const configuration = new Configuration({
    product: Product.control,
    pages: pagesOf(Product.control),
    store: ChangeStore.open(':memory:', 'vcsc1'),
    clock: new HostWallClock(realMonotonicClock, new Date()),
    isInService: () => true,
    isModeOn: () => false,
    checks: { [clustering.resource]: (values) => ownAddressProblems(values, own) },
  })
  return configuration.save(clustering, { ...given }, 'admin')
}

describe('System > Clustering', () => {
  it('takes a cluster, at once also while services run', () => {
    expect(save(good)).toMatchObject({ ok: true, needsRestart: false })
    expect(save({ 'Cluster name': 'vcsc.example.com' })).toMatchObject({ ok: true })
    expect(save({ ...good, 'Peer 1 IP address': '10.0.0.9' })).toMatchObject({ ok: true })
  })

  it.each([
    ['Cluster name', 'no fully qualified', { 'Cluster name': 'vcsc' }],
    ['Cluster name', 'no fully qualified', { 'Cluster name': 'vcs_c.example.com' }],
    ['Cluster name', 'mandatory', { 'Cluster name': '' }],
    ['Cluster pre-shared key', 'mandatory', { 'Cluster pre-shared key': '' }],
    ['Configuration master', 'no peer is listed', { 'Configuration master': 3 }],
    ['Configuration master', '1 to 6', { 'Configuration master': 7 }],
    ['Peer 1 IP address', 'are no address of this VCS', { 'Peer 1 IP address': '10.0.0.3' }],
    ['Peer 2 IP address', 'already', { 'Peer 2 IP address': '10.0.0.1' }],
    ['Peer 2 IP address', 'no IPv4 address', { 'Peer 2 IP address': 'vcsc2.example.com' }],
  ])('refuses under %s: %s', (field, words, change) => {
    const outcome = save({ ...good, ...change })
    expect(outcome).toMatchObject({ ok: false, problems: [{ page: 'System > Clustering', field }] })
    expect(JSON.stringify(outcome)).toContain(words)
  })
})
