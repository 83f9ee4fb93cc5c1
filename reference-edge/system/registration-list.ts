import type { ViewRow } from '../administration/administered-system.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { registrations } from '../configuration/pages/status.ts'
import { peerList } from './peer-lists.ts'

/** The view of Status > Registrations > By device, with the registrations of every peer. `own` is the FQDN of this VCS. */
export function registrationList(
  { cluster, own }: { readonly cluster: Cluster; readonly own: string },
  rows: () => readonly ViewRow[],
) {
  return peerList({
    cluster,
    own,
    subject: 'registrations',
    columns: [...Object.keys(registrations.views!['registrations']!.columns), 'expressway'],
    rows: () => rows().map((row) => ({ at: '', row })),
    failure: 'state',
  })
}
