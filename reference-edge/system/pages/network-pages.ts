import type { HostEnvironment } from '#runtime/host.ts'
import type { Actions, Views, ViewRow } from '../../administration/administered-system.ts'
import { connectivityTest, dnsLookup } from '../../configuration/pages/maintenance.ts'
import type { ConnectivityStage } from '../../network-utilities/connectivity-stage.ts'
import type { LookupType } from '../../network-utilities/dns-lookup.ts'
import { lookUpDns } from '../../network-utilities/dns-lookup.ts'

export interface NetworkPagesOptions {
  /** With the name and the DNS servers that run. */
  readonly environment: () => HostEnvironment
  readonly testConnectivity: () => Promise<readonly ConnectivityStage[]>
}

/** Maintenance > Tools > Network utilities; a page shows what its button last found. */
export function networkPages({ environment, testConnectivity }: NetworkPagesOptions): {
  views: Views
  actions: Actions
} {
  let answers: readonly ViewRow[] = []
  let stages: readonly ViewRow[] = []
  return {
    views: { [dnsLookup.resource]: { answers: () => answers }, [connectivityTest.resource]: { stages: () => stages } },
    actions: {
      [dnsLookup.resource]: {
        async lookup(values) {
          const { host, type } = values as { host: string; type: LookupType }
          const rows = await lookUpDns(environment().network.resolver, host, type)
          answers = rows.map(({ service, query, type: asked, outcome, answer }) => ({
            service,
            query,
            type: asked,
            outcome,
            answer,
          }))
          const found = rows.filter(({ outcome }) => outcome === 'found').length
          return { ok: true, says: `${host}: ${found} records found` }
        },
      },
      [connectivityTest.resource]: {
        async run() {
          const found = await testConnectivity()
          stages = found.map((stage) => ({ ...stage }))
          const bad = found.filter(({ result }) => result !== 'ok').length
          return { ok: true, says: bad === 0 ? 'Every stage works' : `${bad} of ${found.length} stages do not work` }
        },
      },
    },
  }
}
