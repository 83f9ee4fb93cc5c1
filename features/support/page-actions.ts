import type { PageValues } from '#lab/vcs/vcs-document.ts'
import type { Administrator } from '#lab/vcs/administrator.ts'
import { ApiRefusal } from '#lab/vcs/administrator.ts'
import type { LabWorld } from './world.ts'

/**
 * Presses a button of a page of a running VCS, through its API: by the button's label and the page's menu path or the
 * end of that. What the VCS says, a refusal included.
 */
export async function press(
  world: LabWorld,
  host: string,
  path: string,
  label: string,
  values: PageValues = {},
): Promise<Pressed> {
  await using administrator = (await world.lab()).administrator(host)
  const { url, action } = await buttonOf(administrator, path, label)
  try {
    const call = { method: 'POST', path: `${url}/actions/${action}`, body: values } as const
    const { says } = await administrator.call<{ says?: string }>(call)
    return { isDone: true, says: says ?? '' }
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error
    return { isDone: false, says: error.problems.map((problem) => problem.says).join('; ') }
  }
}

/** The file that a button gives. */
export async function download(world: LabWorld, host: string, path: string, label: string): Promise<Buffer> {
  await using administrator = (await world.lab()).administrator(host)
  const { url, action } = await buttonOf(administrator, path, label)
  return administrator.download(`${url}/actions/${action}`)
}

async function buttonOf(administrator: Administrator, path: string, label: string) {
  const { url, actions } = await administrator.page(path)
  const action = actions.find((button) => button.label === label)?.name
  if (action === undefined) throw new Error(`${path} has ${actions.map((button) => button.label).join(', ')}`)
  return { url, action }
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
