import { choice } from './field.ts'
import type { AnyPage } from './page.ts'
import { unifiedCommunications } from './pages/unified-communications.ts'

/** Mobile and remote access came with it (guide: Prerequisites). */
export const firstRelease = 'X8.1.1'

/** A page as software `release` has it: before X8.1.1 the mode cannot be chosen. */
export function asOfRelease(page: AnyPage, release: string): AnyPage {
  if (page.kind !== 'form' || page.resource !== unifiedCommunications.resource) return page
  if (!isOlder(release, firstRelease)) return page
  const says = `Software ${release} has no mobile and remote access`
  const remedy = `Upgrade to ${firstRelease} or later`
  const { label, requiredValue = [] } = unifiedCommunications.fields.mode
  const mode = choice(label, ['Off'], { help: remedy, required: says, requiredValue, remedy })
  return { ...page, intro: `${says}. ${remedy}.`, fields: { ...page.fields, mode } }
}

/** Whether `X8.1` comes before `X8.1.1`. */
function isOlder(release: string, than: string): boolean {
  const [one, other] = [partsOf(release), partsOf(than)]
  const difference = other.map((part, index) => (one[index] ?? 0) - part).find((each) => each !== 0)
  return difference !== undefined && difference < 0
}

function partsOf(release: string): number[] {
  return release.slice(1).split('.').map(Number)
}
