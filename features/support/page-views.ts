import type { PageValues } from '#lab/vcs/vcs-document.ts'
import type { LabWorld } from './world.ts'

/** A row of a read-only table of a page, by column. */
export type ViewRow = Readonly<Record<string, string | number | boolean | undefined>>

/** The rows that a page of a running VCS has, read through its API. */
export async function rowsOn(world: LabWorld, host: string, path: string): Promise<readonly PageValues[]> {
  const { rows } = await readPage<{ rows: PageValues[] }>(world, host, path)
  return rows
}

/** The values that a form of a running VCS has, read through its API. */
export async function valuesOn(world: LabWorld, host: string, path: string, query = ''): Promise<PageValues> {
  const { values } = await readPage<{ values: PageValues }>(world, host, path, query)
  return values
}

/** What a page shows of the running system, for example the zones with their state. */
export async function viewOn(world: LabWorld, host: string, path: string, view: string): Promise<readonly ViewRow[]> {
  const { rows } = await readPage<{ rows: ViewRow[] }>(world, host, path, `/views/${view}`)
  return rows
}

async function readPage<Answer>(world: LabWorld, host: string, path: string, below = ''): Promise<Answer> {
  await using administrator = (await world.lab()).administrator(host)
  const { url } = await administrator.page(path)
  return administrator.call<Answer>({ method: 'GET', path: `${url}${below}` })
}
