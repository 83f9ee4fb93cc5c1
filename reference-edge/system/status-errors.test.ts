import { expect, test } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { pagesOf } from '../configuration/catalogue.ts'
import { ChangeStore } from '../configuration/change-store.ts'
import { Configuration } from '../configuration/configuration.ts'
import { Product } from '../configuration/page.ts'
import { unifiedCommunications } from '../configuration/pages/unified-communications.ts'
import { statusErrors } from './status-errors.ts'

const authority = testAuthority()
const name = 'vcsc.example.com'

/** What is said about the cluster name of a VCS with these names in its certificate. */
function saidOf(
  names: readonly string[],
  clusterName: string | undefined,
  product: Product = Product.control,
): string[] {
  const configuration = new Configuration({
    product,
    pages: pagesOf(product),
    store: ChangeStore.open(':memory:', 'vcsc1'),
    clock: new HostWallClock(realMonotonicClock, new Date()),
    isInService: () => false,
    isModeOn: () => true,
  })
  configuration.save(unifiedCommunications, { mode: 'Mobile and remote access' }, 'admin')
  const { key, cert } = authority.issue({ commonName: names[0]!, names: [...names] })
  const certificates = {
    serverKey: key,
    serverCertificate: cert,
    pendingRequest: undefined,
    trustedCas: authority.certificate,
  }
  return statusErrors({ configuration, certificates, pending: [], clusterName })
    .map(({ says }) => says)
    .filter((says) => says.includes('cluster name'))
}

test('the certificate of a Control peer has to have the cluster name, in any case of its letters', () => {
  expect(saidOf(['vcsc1.example.com'], name)).toEqual([expect.stringContaining(name)])
  expect(saidOf(['vcsc1.example.com', 'VCSC.example.com'], name)).toEqual([])
})

test('nothing is asked of a VCS in no cluster, nor of an Expressway', () => {
  expect(saidOf(['vcsc1.example.com'], undefined)).toEqual([])
  expect(saidOf(['vcse1.example.com'], 'vcse.example.com', Product.expressway)).toEqual([])
})
