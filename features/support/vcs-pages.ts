import type { PageValues, VcsDocument, VcsPlan } from '#lab/vcs/vcs-document.ts'
import { withRows, withValues } from '#lab/vcs/vcs-document.ts'
import type { LabWorld } from './world.ts'

/** Menu paths of the pages that steps name by their subject. */
export const Page = {
  dns: 'System > DNS',
  unifiedCommunications: 'Configuration > Unified Communications > Configuration',
  allowList: 'Configuration > Unified Communications > Configuration > HTTP server allow list',
  unifiedCm: 'Configuration > Unified Communications > Unified CM servers',
  imAndPresence: 'Configuration > Unified Communications > IM and Presence servers',
  domains: 'Configuration > Domains',
  zones: 'Configuration > Zones > Zones',
  turn: 'Configuration > Traversal > TURN',
  localDatabase: 'Configuration > Authentication > Devices > Local database',
} as const

/** What an administrator changes. */
export type Change = (document: VcsDocument) => VcsDocument

/** Other values on a form. */
export const formChange =
  (page: string, values: PageValues): Change =>
  (document) =>
    withValues(document, page, values)

/** Other values in every row of a table. */
export const rowsChange =
  (page: string, values: PageValues): Change =>
  (document) =>
    withRows(document, page, (rows) => rows.map((row) => ({ ...row, ...values })))

/** Exactly these rows. */
export const onlyRows =
  (page: string, rows: readonly PageValues[]): Change =>
  (document) =>
    withRows(document, page, () => rows)

/** What the administrator of a VCS enters before anything uses it. */
export function planPages(world: LabWorld, host: string, change: Change): void {
  world.adapt((plan) => {
    if (plan.specification.name !== host) return plan
    const configuration = plan.configuration as VcsPlan
    return { ...plan, configuration: { ...configuration, document: change(configuration.document) } }
  })
}

/** What the administrator of a running VCS changes, through its API. */
export async function administer(world: LabWorld, host: string, change: Change): Promise<void> {
  await (await world.lab()).reconfigure<VcsDocument>(host, change)
}

/** The same, where a refusal is what the scenario is about: every problem as a line, `none` where it was taken. */
export function tryToAdminister(world: LabWorld, host: string, change: Change): Promise<string> {
  return administer(world, host, change).then(
    () => 'none',
    (error: Error) => error.message,
  )
}
