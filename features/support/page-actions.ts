import type { PageValues } from '#lab/vcs/vcs-document.ts'
import { ApiRefusal } from '#lab/vcs/administrator.ts'
import type { LabWorld } from './world.ts'

/** Presses a button of a page of a running VCS, through its API; what the VCS says, a refusal included. */
export async function press(
  world: LabWorld,
  host: string,
  path: string,
  action: string,
  values: PageValues = {},
): Promise<Pressed> {
  await using administrator = (await world.lab()).administrator(host)
  const { url } = await administrator.page(path)
  try {
    const call = { method: 'POST', path: `${url}/actions/${action}`, body: values } as const
    const { says } = await administrator.call<{ says?: string }>(call)
    return { isDone: true, says: says ?? '' }
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error
    return { isDone: false, says: error.problems.map((problem) => problem.says).join('; ') }
  }
}

export interface Pressed {
  readonly isDone: boolean
  readonly says: string
}

/** The same where a refusal is no part of the scenario. */
export async function mustPress(...button: Parameters<typeof press>): Promise<string> {
  const { isDone, says } = await press(...button)
  if (!isDone) throw new Error(`${button[1]}, ${button[2]}: ${button[3]} is refused: ${says}`)
  return says
}

/** Changes a row of a page whose rows are always there. */
export async function changeRow(
  world: LabWorld,
  host: string,
  path: string,
  row: string,
  values: PageValues,
): Promise<void> {
  await using administrator = (await world.lab()).administrator(host)
  const { url } = await administrator.page(path)
  await administrator.call({ method: 'PUT', path: `${url}/${encodeURIComponent(row)}`, body: values })
}
