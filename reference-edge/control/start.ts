import type { Host, HostEnvironment } from '#runtime/host.ts'
import { Product } from '../configuration/page.ts'
import { startSystem } from '../system/system.ts'
import { startControlApplications } from './applications.ts'

/** A VCS Control; `document` is its `Installation`, the rest is configured by its administrator. */
export function startControl(environment: HostEnvironment, document: unknown, signal: AbortSignal): Promise<Host> {
  return startSystem({
    product: Product.control,
    environment,
    document,
    signal,
    startApplications: startControlApplications,
  })
}
