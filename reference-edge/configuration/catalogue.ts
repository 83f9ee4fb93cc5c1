import type { AnyPage } from './page.ts'
import type { Product } from './page.ts'
import * as clustering from './pages/clustering.ts'
import * as dialPlan from './pages/dial-plan.ts'
import * as interfaces from './pages/interfaces.ts'
import * as maintenance from './pages/maintenance.ts'
import * as protocols from './pages/protocols.ts'
import * as protection from './pages/protection.ts'
import * as registrations from './pages/registrations.ts'
import * as status from './pages/status.ts'
import * as system from './pages/system.ts'
import * as unifiedCommunications from './pages/unified-communications.ts'
import * as zones from './pages/zones.ts'
import { asOfRelease, firstRelease } from './release.ts'

/** Every page, in the order of the menu. */
const pages: readonly AnyPage[] = [
  status,
  system,
  clustering,
  interfaces,
  protection,
  unifiedCommunications,
  zones,
  registrations,
  protocols,
  dialPlan,
  maintenance,
].flatMap((menu): AnyPage[] => Object.values(menu))

/** The pages of one product, with the software it runs. */
export function pagesOf(product: Product, release: string = firstRelease): readonly AnyPage[] {
  return pages.filter(({ on }) => on.includes(product)).map((page) => asOfRelease(page, release))
}
